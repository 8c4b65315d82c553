{{/* Milliseconds of the whole shutdown. The 3 s are what the host keeps of its grace to end the sub-runtime. */}}
{{- define "tributary.graceMs" -}}
{{- $needed := add (int64 .Values.shutdown.delayMs) (int64 .Values.function.timeoutMs) 3000 -}}
{{- default $needed .Values.shutdown.graceMs | int64 -}}
{{- end -}}

{{- define "tributary.terminationGracePeriodSeconds" -}}
{{- add (div (add (include "tributary.graceMs" . | int64) 999) 1000) (int64 .Values.shutdown.marginSeconds) -}}
{{- end -}}
