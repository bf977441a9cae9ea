#!/bin/sh
# libflux pins an old compiler and forbids every warning of it; newer ones warn of more.
exec "$@" --cap-lints warn
