{{/* What a pod is made of, for a Deployment and a StatefulSet alike. */}}
{{- define "tributary.pod" -}}
metadata:
  {{- /* Not the chart's version: an upgrade that changes nothing else would roll the pods. */}}
  labels:
    {{- include "tributary.selectorLabels" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- $annotations := include "tributary.podAnnotations" . | fromYaml }}
  {{- with $annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "tributary.serviceAccountName" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- if .Values.shareProcessNamespace }}
  shareProcessNamespace: true
  {{- end }}
  terminationGracePeriodSeconds: {{ include "tributary.terminationGracePeriodSeconds" . }}
  {{- with .Values.image.pullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  securityContext:
    {{- toYaml .Values.podSecurityContext | nindent 4 }}
  containers:
    - name: host
      {{- include "tributary.container" . | nindent 6 }}
  volumes:
    - name: tmp
      emptyDir:
        sizeLimit: {{ .Values.tmpSizeLimit }}
    {{- if .Values.function.files }}
    - name: function
      configMap:
        name: {{ include "tributary.fullname" . }}-function
    {{- end }}
    {{- if .Values.triggers }}
    - name: triggers
      configMap:
        name: {{ include "tributary.fullname" . }}-triggers
    {{- end }}
    {{- range $index, $secret := .Values.secrets }}
    - name: secret-{{ $index }}
      secret:
        secretName: {{ include "tributary.secretName" (list $ $secret) }}
        {{- /* 0440, as every reader of YAML understands it. */}}
        defaultMode: 288
    {{- end }}
    {{- with .Values.volumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if .Values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- range .Values.topologySpreadConstraints }}
    - {{ toYaml . | nindent 6 | trim }}
      labelSelector:
        matchLabels:
          {{- include "tributary.selectorLabels" $ | nindent 10 }}
    {{- end }}
  {{- end }}
{{- end -}}

{{- define "tributary.container" -}}
image: {{ include "tributary.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  {{- toYaml .Values.securityContext | nindent 2 }}
env:
  {{- include "tributary.env" . | trim | nindent 2 }}
{{- with .Values.envFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
ports:
  {{- if .Values.http.enabled }}
  - name: http
    containerPort: {{ .Values.http.port }}
  {{- end }}
  - name: admin
    containerPort: {{ .Values.admin.port }}
{{/* Nothing outside the process has a say in these two: a restart would be no answer to an outage. */ -}}
startupProbe:
  httpGet:
    path: /livez
    port: admin
  periodSeconds: 1
  failureThreshold: {{ .Values.startupSeconds }}
livenessProbe:
  httpGet:
    path: /livez
    port: admin
  periodSeconds: 10
  timeoutSeconds: 5
readinessProbe:
  httpGet:
    path: /readyz
    port: admin
  periodSeconds: 5
  timeoutSeconds: 2
  failureThreshold: 2
resources:
  {{- toYaml .Values.resources | nindent 2 }}
volumeMounts:
  - name: tmp
    mountPath: /tmp
  {{- if .Values.function.files }}
  - name: function
    mountPath: /home/app/function
    readOnly: true
  {{- end }}
  {{- if .Values.triggers }}
  - name: triggers
    mountPath: /etc/tributary/triggers
    readOnly: true
  {{- end }}
  {{- range $index, $secret := .Values.secrets }}
  - name: secret-{{ $index }}
    mountPath: {{ include "tributary.secretFolder" $secret }}
    readOnly: true
  {{- end }}
  {{- with .Values.volumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{/* What is read once, at the start: a change of it rolls the pods. */}}
{{- define "tributary.podAnnotations" -}}
{{- with .Values.function.files }}
checksum/function: {{ toJson . | sha256sum }}
{{- end }}
{{- with .Values.triggers }}
checksum/triggers: {{ toJson . | sha256sum }}
{{- end }}
{{- $data := list }}
{{- range .Values.secrets }}
{{- if .data }}
{{- $data = append $data .data }}
{{- end }}
{{- end }}
{{- with $data }}
checksum/secrets: {{ toJson . | sha256sum }}
{{- end }}
{{- with .Values.podAnnotations }}
{{ toYaml . }}
{{- end }}
{{- end -}}
