#!/bin/sh
# Makes what docker-compose.cluster.yml reads as secrets, once. A file is mounted into its containers as
# it is, so each belongs to the user of its container, and to nobody else; only root can give it away. A
# folder that has secrets is left alone: with another installation key the log could not be read any
# more.
#
#   sudo docker/make-secrets.sh [FOLDER]     docker/secrets unless told
set -eu

folder=${1:-$(dirname "$0")/secrets}
if [ -e "$folder/installation-key" ]; then
  echo "Cannot make secrets in '$folder': it has some already, which the log was written with" >&2
  exit 64
fi
umask 077
mkdir -p "$folder"
chmod 700 "$folder"
cd "$folder"

# Users of the images.
millrace=1993
eventstoredb=1000
influxdb=1000
grafana=472

secret() { openssl rand -hex 24 | tr -d '\n'; }

openssl rand 32 > installation-key.new
secret > admin-password
secret > grafana-password
secret > influxdb-password
secret > influxdb-token

# EventStoreDB: its first start takes the passwords from variables and from nothing else.
admin=$(secret)
printf 'EVENTSTORE_DEFAULT_ADMIN_PASSWORD=%s\nEVENTSTORE_DEFAULT_OPS_PASSWORD=%s\n' \
  "$admin" "$(secret)" > eventstoredb.env
printf 'esdb://admin:%s@%s?tlsCAFile=/run/secrets/eventstoredb-ca' "$admin" \
  eventstoredb-1:2113,eventstoredb-2:2113,eventstoredb-3:2113 > event-store

days=3650
openssl req -x509 -newkey rsa:2048 -nodes -days $days -subj '/CN=Millrace EventStoreDB CA' \
  -addext 'keyUsage=critical,keyCertSign,cRLSign' \
  -keyout eventstoredb-ca-key -out eventstoredb-ca 2> /dev/null
for number in 1 2 3; do
  name=eventstoredb-$number
  # The servers know one another by this common name.
  openssl req -new -newkey rsa:2048 -nodes -subj '/CN=eventstoredb-node' \
    -keyout "$name-pkcs8" -out "$name.csr" 2> /dev/null
  # As the maker's own tool writes keys.
  openssl pkey -in "$name-pkcs8" -traditional -out "$name-key"
  printf '%s\n' "subjectAltName=DNS:$name,DNS:localhost" basicConstraints=critical,CA:false \
    keyUsage=critical,digitalSignature,keyEncipherment extendedKeyUsage=serverAuth,clientAuth \
    > "$name.ext"
  openssl x509 -req -in "$name.csr" -CA eventstoredb-ca -CAkey eventstoredb-ca-key \
    -CAcreateserial -days $days -extfile "$name.ext" -out "$name-certificate" 2> /dev/null
  rm "$name.csr" "$name.ext" "$name-pkcs8"
done
rm -f eventstoredb-ca.srl

# NATS: one user for the platform, another one between the servers.
user=$(secret)
route=$(secret)
printf 'authorization {\n  user: millrace\n  password: "%s"\n}\n' "$user" > nats-users
printf 'authorization {\n  user: route\n  password: "%s"\n}\nroutes: [\n' "$route" > nats-routes
for number in 1 2 3; do
  printf '  "nats-route://route:%s@nats-%s:6222"\n' "$route" "$number" >> nats-routes
done
printf ']\n' >> nats-routes
printf 'nats://millrace:%s@%s/?replicas=3' "$user" nats-1:4222,nats-2:4222,nats-3:4222 > mailbox

chmod 400 -- *
chmod 444 eventstoredb-ca eventstoredb-?-certificate
if [ "$(id -u)" = 0 ]; then
  chown $millrace:$millrace installation-key.new admin-password event-store mailbox
  chown $eventstoredb:$eventstoredb eventstoredb-?-key
  chown $influxdb:$influxdb influxdb-password
  chown $grafana:$grafana grafana-password
  # Read by two of them.
  chown $millrace:$influxdb influxdb-token
  chmod 440 influxdb-token
else
  echo "Not root: the containers cannot read these files until each belongs to its user" >&2
fi

# Last: a folder without it is begun anew.
mv installation-key.new installation-key
echo "Made the secrets of a cluster in '$folder': keep a copy of installation-key elsewhere"
