{{/* What nginx does in front: as docker/nginx/nginx.cluster.conf, without the operators' pages. */}}
{{- define "millrace.front" -}}
{{- $edges := printf "%s-edges" (include "millrace.name" .) -}}
{{- $api := printf "%s-api" (include "millrace.name" .) -}}
# TLS ends here. Devices go to the edges, everything else to the API nodes.
# It would count the processors of the whole machine.
worker_processes 2;
worker_rlimit_nofile 131072;
pid /tmp/nginx.pid;

events {
  # Two for each connection that is led on, and as many files.
  worker_connections 65536;
}

stream {
  ssl_certificate /etc/nginx/tls/tls.crt;
  ssl_certificate_key /etc/nginx/tls/tls.key;
  ssl_protocols TLSv1.2 TLSv1.3;

  # The edges learn the devices' addresses by it.
  proxy_protocol on;
  # Two for each connection: a device's messages are small, and most say nothing most of the time.
  proxy_buffer_size 4k;
  proxy_connect_timeout 2s;
  # Longer than the longest keep alive times 1.5: MQTT's own silence ends a connection, not nginx.
  proxy_timeout 28h;

  server {
    listen 8883 ssl;
    proxy_pass {{ $edges }}:1883;
  }
  {{- if .Values.front.plainMqtt }}

  server {
    listen 1883;
    proxy_pass {{ $edges }}:1883;
  }
  {{- end }}
}

http {
  access_log off;
  server_tokens off;
  client_body_temp_path /tmp/client_body;
  proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi;
  scgi_temp_path /tmp/scgi;

  map $http_upgrade $connection_upgrade {
    default upgrade;
    '' '';
  }

  # At one path: devices publish by POST and speak on WebSockets, applications read by GET.
  map "$request_method $http_upgrade" $messages_upstream {
    default api;
    '~^POST ' edges;
    '~*^GET websocket$' edges;
  }

  upstream edges {
    server {{ $edges }}:8080;
    keepalive 64;
  }

  upstream api {
    server {{ $api }}:8080;
    keepalive 64;
  }

  server {
    listen 8443 ssl;
    ssl_certificate /etc/nginx/tls/tls.crt;
    ssl_certificate_key /etc/nginx/tls/tls.key;
    ssl_protocols TLSv1.2 TLSv1.3;

    # The platform says up to 1 MiB what is too large and why; far more is not even taken in.
    client_max_body_size 2m;

    proxy_http_version 1.1;
    proxy_set_header Host $host;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $connection_upgrade;
    proxy_connect_timeout 2s;
    # WebSockets and live streams end by themselves.
    proxy_read_timeout 28h;

    location ^~ /http/channels/ {
      proxy_pass http://edges;
    }

    location = /mqtt {
      proxy_pass http://edges;
    }

    location ^~ /ws/channels/ {
      proxy_pass http://edges;
    }

    # Before the next one: of two patterns that fit, nginx takes the first.
    location ~ ^/channels/[^/]+/messages/live$ {
      proxy_pass http://edges;
    }

    location ~ ^/channels/[^/]+/messages(/.*)?$ {
      proxy_pass http://$messages_upstream;
    }

    # For those inside the cluster, who ask the nodes themselves.
    location ~ ^/(ready|metrics)$ {
      return 404;
    }

    location / {
      proxy_pass http://api;
    }
  }

  # For the probes of this pod.
  server {
    listen 8081;

    location = /healthz {
      return 204;
    }
  }
}
{{- end -}}
