{{- define "millrace.name" -}}
{{- default .Release.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* What tells the pods of one role from all others; never changes, since selectors cannot. */}}
{{- define "millrace.selector" -}}
app.kubernetes.io/name: millrace
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .role }}
{{- end -}}

{{- define "millrace.labels" -}}
{{ include "millrace.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{- define "millrace.image" -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}

{{- define "millrace.secret" -}}
{{- if .Values.secret.existing -}}
{{- if .Values.secret.entries -}}
{{- fail "Cannot use both secret.existing and secret.entries: one of them is right" -}}
{{- end -}}
{{- .Values.secret.existing -}}
{{- else -}}
{{- range list "installation-key" "event-store" "mailbox" "influxdb-token" "admin-password" -}}
{{- if not (hasKey $.Values.secret.entries .) -}}
{{- fail (printf "Cannot do without '%s': name a secret that has it by secret.existing, or give it in secret.entries" .) -}}
{{- end -}}
{{- end -}}
{{- with get .Values.secret.entries "installation-key" -}}
{{- if ne (len (b64dec .)) 32 -}}
{{- fail "Cannot use secret.entries.installation-key: it must be 32 bytes in base64" -}}
{{- end -}}
{{- end -}}
{{- include "millrace.name" . -}}
{{- end -}}
{{- end -}}

{{/* What the program is told, whatever its role: flags that differ by role are arguments. */}}
{{- define "millrace.settings" -}}
{{- $own := dict
  "MILLRACE_EVENT_STORE_FILE" "/run/secrets/millrace/event-store"
  "MILLRACE_MAILBOX_FILE" "/run/secrets/millrace/mailbox"
  "MILLRACE_TIME_SERIES" .root.Values.timeSeries
  "MILLRACE_INFLUXDB_TOKEN_FILE" "/run/secrets/millrace/influxdb-token"
  "MILLRACE_INSTALLATION_KEY" "/run/secrets/millrace/installation-key"
  "MILLRACE_ADMIN_PASSWORD_FILE" "/run/secrets/millrace/admin-password"
  "MILLRACE_ADMIN_EMAIL" .root.Values.adminEmail
  "MILLRACE_SELF_REGISTER" (toString .root.Values.selfRegister)
  "MILLRACE_LOG_LEVEL" .root.Values.logLevel
-}}
{{- $all := merge (dict) (default (dict) .values.settings) (default (dict) .root.Values.settings) $own -}}
{{- range $name, $value := $all }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end -}}
{{- end -}}

{{/* No pod is root, writes outside its volumes, or gains rights. */}}
{{- define "millrace.container" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}
