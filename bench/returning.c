// returning: clients of MQTT 3.1.1 whose sessions outlive their connections, for measuring a broker.
// cc -O2 -o returning returning.c
// Usage: returning -p port -c clients.csv [-s] [-d seconds]; prints one JSON object.
//  clients.csv: one client a line: clientid,username,password,topic
//  -s  subscribe each to its topic at QoS 1, then leave; otherwise come back and take what was missed
//  -d  seconds to take messages for (10)
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define IN_BYTES 65536
#define AT_ONCE 200

typedef struct { int fd, done; size_t in_len, out_len; uint8_t in[IN_BYTES], out[IN_BYTES]; char id[96], user[64], pass[64], topic[256]; } Client;

static Client *clients; static int count, subscribe_only, port, seconds = 10, ep;
static uint64_t received, present, finished, failed;

static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + t.tv_nsec / 1e9; }
static size_t str(uint8_t *at, const char *s) { size_t n = strlen(s); at[0] = n >> 8; at[1] = n & 255; memcpy(at + 2, s, n); return n + 2; }
static size_t head(uint8_t *at, uint8_t type, size_t length) { size_t i = 1; at[0] = type; do { uint8_t d = length % 128; length /= 128; at[i++] = length ? d | 128 : d; } while (length); return i; }
static void finish(Client *c, int ok) { if (c->done) return; c->done = 1; if (ok) finished++; else failed++; close(c->fd); }

static void flush_out(Client *c) {
  size_t at = 0;
  while (at < c->out_len) { ssize_t n = send(c->fd, c->out + at, c->out_len - at, MSG_NOSIGNAL); if (n < 0) { if (errno == EAGAIN) break; finish(c, 0); return; } at += n; }
  memmove(c->out, c->out + at, c->out_len - at); c->out_len -= at;
  struct epoll_event e = { .events = EPOLLIN | (c->out_len ? EPOLLOUT : 0), .data.ptr = c }; epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e); }

static void open_client(Client *c) {
  c->fd = socket(AF_INET, SOCK_STREAM, 0); struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) }; a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(c->fd, (void *)&a, sizeof a)) { failed++; c->done = 1; return; }
  int one = 1; setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one); fcntl(c->fd, F_SETFL, O_NONBLOCK);
  struct epoll_event e = { .events = EPOLLIN, .data.ptr = c }; epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &e);
  uint8_t body[700]; size_t n = str(body, "MQTT"); body[n++] = 4; body[n++] = 0xc0; body[n++] = 2; body[n++] = 88;
  n += str(body + n, c->id); n += str(body + n, c->user); n += str(body + n, c->pass);
  c->out_len = head(c->out, 0x10, n); memcpy(c->out + c->out_len, body, n); c->out_len += n; flush_out(c); }

static void take(Client *c, uint8_t *p, uint8_t *body, size_t length) {
  switch (p[0] >> 4) {
    case 2: if (body[1]) { finish(c, 0); return; } present += body[0] & 1;
      if (subscribe_only) { uint8_t b[300]; b[0] = 0; b[1] = 1; size_t n = 2 + str(b + 2, c->topic); b[n++] = 1; c->out_len += head(c->out + c->out_len, 0x82, n); memcpy(c->out + c->out_len, b, n); c->out_len += n; } return;
    case 9: { uint8_t bye[2] = { 0xe0, 0 }; send(c->fd, bye, 2, MSG_NOSIGNAL); finish(c, 1); return; }
    case 3: received++; if ((p[0] & 6) == 2) { size_t t = body[0] << 8 | body[1]; uint8_t ack[4] = { 0x40, 2, body[2 + t], body[3 + t] }; memcpy(c->out + c->out_len, ack, 4); c->out_len += 4; } return; } }

static void readable(Client *c) {
  ssize_t n = recv(c->fd, c->in + c->in_len, IN_BYTES - c->in_len, 0);
  if (n <= 0) { if (n < 0 && errno == EAGAIN) return; finish(c, 0); return; }
  c->in_len += n; size_t at = 0;
  while (!c->done && c->out_len + 700 < IN_BYTES) {
    size_t i = at + 1, length = 0, shift = 0; uint8_t d = 128;
    while (i < c->in_len && d & 128) { d = c->in[i++]; length |= (size_t)(d & 127) << shift; shift += 7; }
    if ((d & 128) || i + length > c->in_len) break;
    take(c, c->in + at, c->in + i, length); at = i + length; }
  memmove(c->in, c->in + at, c->in_len - at); c->in_len -= at;
  if (!c->done && c->out_len) flush_out(c); }

int main(int argc, char **argv) {
  char *file = NULL; int o;
  while ((o = getopt(argc, argv, "p:c:sd:")) != -1) switch (o) { case 'p': port = atoi(optarg); break; case 'c': file = optarg; break; case 's': subscribe_only = 1; break; case 'd': seconds = atoi(optarg); break; default: return 2; }
  FILE *f = file ? fopen(file, "r") : NULL; if (!f) { fprintf(stderr, "-c clients.csv is needed\n"); return 2; }
  char line[600]; int room = 0;
  while (fgets(line, sizeof line, f)) { if (count == room) { room = room ? room * 2 : 64; clients = realloc(clients, room * sizeof *clients); } Client *c = &clients[count]; memset(c, 0, sizeof *c); if (sscanf(line, "%95[^,],%63[^,],%63[^,],%255[^\n]", c->id, c->user, c->pass, c->topic) == 4) count++; }
  ep = epoll_create1(0); int opened = 0; double start = now(), first = 0; struct epoll_event events[256];
  for (;;) {
    int limit = subscribe_only ? (int)(finished + failed) + AT_ONCE : count;
    while (opened < count && opened < limit) open_client(&clients[opened++]);
    int n = epoll_wait(ep, events, 256, 100);
    for (int i = 0; i < n; i++) { Client *c = events[i].data.ptr; if (c->done) continue; if (events[i].events & EPOLLOUT) flush_out(c); if (!c->done && events[i].events & (EPOLLIN | EPOLLHUP)) readable(c); }
    if (!first && received) first = now();
    if (subscribe_only ? finished + failed >= (uint64_t)count : now() - start > seconds) break; }
  double took = now() - (first ? first : start);
  printf("{\"clients\":%d,\"present\":%llu,\"failed\":%llu,\"received\":%llu,\"seconds\":%.3f,\"receive_per_s\":%.0f}\n", count, (unsigned long long)present, (unsigned long long)failed, (unsigned long long)received, took, received / took);
  return 0; }
