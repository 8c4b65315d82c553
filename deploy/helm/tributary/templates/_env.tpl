{{/* What the host is told, as YAML: names and texts. */}}
{{- define "tributary.ownEnv" -}}
{{- $function := .Values.function -}}
SCW_APPLICATION_NAME: {{ include "tributary.functionName" . | quote }}
SCW_APPLICATION_MEMORY: {{ toJson $function.memoryMb | quote }}
SCW_HANDLER_PATH: {{ $function.handlerPath | quote }}
SCW_HANDLER_NAME: {{ $function.handlerName | quote }}
SCW_PUBLIC: {{ toJson $function.public | quote }}
SUB_RUNTIME_WORKERS: {{ toJson $function.workers | quote }}
INVOCATION_TIMEOUT_MS: {{ toJson $function.timeoutMs | quote }}
ADMIN_HOST: {{ .Values.admin.host | quote }}
ADMIN_PORT: {{ toJson .Values.admin.port | quote }}
SHUTDOWN_DELAY_MS: {{ toJson .Values.shutdown.delayMs | quote }}
SHUTDOWN_GRACE_MS: {{ include "tributary.graceMs" . | quote }}
{{- with $function.version }}
SCW_APPLICATION_VERSION: {{ . | quote }}
{{- end }}
{{- if $function.binary }}
SCW_HANDLER_IS_BINARY: 'true'
{{- end }}
{{- with $function.publicKey }}
SCW_PUBLIC_KEY: {{ . | quote }}
{{- end }}
{{- with $function.applicationId }}
SCW_APPLICATION_ID: {{ . | quote }}
{{- end }}
{{- with $function.namespaceId }}
SCW_NAMESPACE_ID: {{ . | quote }}
{{- end }}
{{- if .Values.http.enabled }}
PORT: {{ toJson .Values.http.port | quote }}
{{- else }}
TRIGGER_HTTP_ENABLED: 'false'
{{- end }}
{{- if .Values.http.async }}
TRIGGER_HTTP_ASYNC: 'true'
{{- end }}
{{- if .Values.nats.url }}
TRIGGER_NATS_URL: {{ .Values.nats.url | quote }}
TRIGGER_NATS_REPLICAS: {{ toJson .Values.nats.streamReplicas | quote }}
{{- with .Values.nats.user }}
TRIGGER_NATS_USER: {{ . | quote }}
{{- end }}
{{- end }}
{{- if .Values.triggers }}
TRIGGERS_FILE: /etc/tributary/triggers/triggers.yaml
{{- end }}
{{- range $secret := .Values.secrets }}
{{- range $variable, $key := $secret.files }}
{{ $variable }}: {{ printf "%s/%s" (include "tributary.secretFolder" $secret) $key | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The list of a container: the host's variables, then those of `env`, each in the order of their names. */}}
{{- define "tributary.env" -}}
{{- range $name, $value := include "tributary.ownEnv" . | fromYaml }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- range $name, $value := .Values.env }}
- name: {{ $name }}
  {{- if kindIs "map" $value }}
  {{- toYaml $value | nindent 2 }}
  {{- else if kindIs "string" $value }}
  value: {{ $value | quote }}
  {{- else }}
  value: {{ toJson $value | quote }}
  {{- end }}
{{- end }}
{{- end -}}
