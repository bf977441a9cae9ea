module millrace.test/influxd

// No toolchain line: the program that builds libflux cannot read one.
go 1.23.0

require (
	github.com/influxdata/influxdb/v2 v2.7.12
	github.com/influxdata/pkg-config v0.2.14
)

// The server's own module has this line; a replacement holds only in the module that is built.
replace github.com/nats-io/nats-streaming-server v0.11.2 => github.com/influxdata/nats-streaming-server v0.11.3-0.20201112040610-c277f7560803
