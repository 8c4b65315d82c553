{{/* Stream and consumer of all that waits in JetStream for this function, as a list in JSON; nothing where there is none. */}}
{{- define "tributary.lagTriggers" -}}
{{- $function := include "tributary.functionName" . -}}
{{- $found := list -}}
{{- range .Values.triggers -}}
{{- if and (eq .type "nats") .stream -}}
{{- $consumer := default (include "tributary.natsName" (printf "%s-%s" $function .name)) .durable -}}
{{- $found = append $found (dict "stream" .stream "consumer" $consumer) -}}
{{- end -}}
{{- end -}}
{{- if .Values.http.async -}}
{{- $consumer := printf "%s=http" (include "tributary.natsName" $function) -}}
{{- $found = append $found (dict "stream" "TRIBUTARY_INVOCATIONS" "consumer" $consumer) -}}
{{- end -}}
{{- if $found -}}
{{- toJson (dict "triggers" $found) -}}
{{- end -}}
{{- end -}}
