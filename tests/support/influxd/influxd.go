//go:build tools

// Package influxd names the programs that the tests build, so that go.mod and go.sum hold all of them.
package influxd

import (
	_ "github.com/influxdata/influxdb/v2/cmd/influxd"
	_ "github.com/influxdata/pkg-config"
)
