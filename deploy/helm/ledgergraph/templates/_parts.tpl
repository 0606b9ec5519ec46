{{/* What pods of this chart have in common: no rights, nothing to write but scratch. */}}
{{- define "ledgergraph.labels" -}}
app.kubernetes.io/name: ledgergraph
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "ledgergraph.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag }}
{{- end }}

{{- define "ledgergraph.pod" -}}
serviceAccountName: ledgergraph-services
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
volumes:
  - name: scratch
    emptyDir: {}
{{- end }}

{{- define "ledgergraph.container" -}}
image: {{ include "ledgergraph.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
volumeMounts:
  - {name: scratch, mountPath: /tmp, subPath: tmp}
  - {name: scratch, mountPath: /home/ledgergraph, subPath: home}
  - {name: scratch, mountPath: /var/lib/ledgergraph, subPath: ledgergraph}
{{- end }}

{{- define "ledgergraph.environment" -}}
envFrom:
  - configMapRef: {name: ledgergraph-environment}
  - secretRef: {name: {{ .Values.secretName }}}
{{- end }}

{{/* A change of the environment starts pods anew. */}}
{{- define "ledgergraph.annotations" -}}
ledgergraph.io/environment: {{ .Values.environment | toJson | sha256sum }}
{{- end }}

{{/* Dagster's instance, as the official chart writes it, for pods that read its history. It loads
its launcher of runs, which asks for a token; the account of these pods may do nothing with it. */}}
{{- define "ledgergraph.dagster-mount" -}}
- {name: scratch, mountPath: /opt/dagster/dagster_home, subPath: dagster}
- {name: dagster-instance, mountPath: /opt/dagster/dagster_home/dagster.yaml, subPath: dagster.yaml}
{{- if .Values.masterKey.secretName }}
- {name: master-key, mountPath: /etc/ledgergraph, readOnly: true}
{{- end }}
{{- end }}

{{- define "ledgergraph.dagster-volume" -}}
- name: dagster-instance
  configMap: {name: {{ .Values.dagster.instanceConfigMap }}}
{{- with .Values.masterKey.secretName }}
- name: master-key
  secret: {secretName: {{ . }}, defaultMode: 0440}
{{- end }}
{{- end }}

{{- define "ledgergraph.dagster-password" -}}
- name: DAGSTER_PG_PASSWORD
  valueFrom:
    secretKeyRef: {name: {{ .Values.dagster.postgresqlSecretName }}, key: postgresql-password}
{{- end }}
