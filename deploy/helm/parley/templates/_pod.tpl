{{/* Takes the root context and the Deployment's name, roles and pod. */}}
{{- define "parley.podSpec" -}}
{{- $root := .root -}}
{{- $values := .root.Values -}}
{{- $isDoor := or (has "grpc" .roles) (has "callbacks" .roles) -}}
serviceAccountName: {{ include "parley.serviceAccountName" $root }}
automountServiceAccountToken: false
# Variables of other Services could be taken for settings.
enableServiceLinks: false
terminationGracePeriodSeconds: {{ int $values.terminationGracePeriodSeconds }}
{{- with $values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .pod.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
securityContext:
  {{- toYaml $values.podSecurityContext | nindent 2 }}
containers:
  - name: gateway
    image: {{ include "parley.image" $root }}
    imagePullPolicy: {{ $values.image.pullPolicy }}
    securityContext:
      {{- toYaml $values.containerSecurityContext | nindent 6 }}
    env:
      {{- include "parley.environment" . | nindent 6 }}
    ports:
      - name: http
        containerPort: 3000
      {{- if has "grpc" .roles }}
      - name: grpc
        containerPort: 50051
      {{- end }}
    # Until every listener is up, gRPC's too. The broker may be away: a gateway starts without it.
    startupProbe:
      httpGet:
        path: /health/startup
        port: http
      periodSeconds: 1
      timeoutSeconds: 2
      failureThreshold: 60
    # The event loop, and a consumer that fetches and settles: nothing outside of the process, which no restart would mend.
    livenessProbe:
      httpGet:
        path: /health/live
        port: http
      periodSeconds: 10
      timeoutSeconds: 5
      failureThreshold: 6
    # At the door that callers use. HTTP is seen by the other two.
    readinessProbe:
      {{- if has "grpc" .roles }}
      grpc:
        port: 50051
      {{- else }}
      httpGet:
        path: /health/ready
        port: http
      {{- end }}
      periodSeconds: 5
      timeoutSeconds: 2
      failureThreshold: 2
    {{- if and $isDoor (gt (int $values.preStopSeconds) 0) }}
    # Serves on while proxies and load balancers still send it new connections.
    lifecycle:
      preStop:
        sleep:
          seconds: {{ int $values.preStopSeconds }}
    {{- end }}
    resources:
      {{- toYaml .pod.resources | nindent 6 }}
    volumeMounts:
      # Whole folders: a file that is mounted alone never changes.
      - name: secrets
        mountPath: /etc/parley/secrets
        readOnly: true
      - name: limits
        mountPath: /etc/parley/limits
        readOnly: true
      {{- with .pod.extraVolumeMounts }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
volumes:
  - name: secrets
    projected:
      # For the group of the process: the files belong to root.
      defaultMode: 0440
      sources:
        {{- include "parley.secretSources" $root | trim | nindent 8 }}
  - name: limits
    configMap:
      name: {{ include "parley.fullname" $root }}-limits
  {{- with .pod.extraVolumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with $values.topologySpread }}
topologySpreadConstraints:
  {{- range . }}
  - topologyKey: {{ .topologyKey }}
    maxSkew: {{ int .maxSkew }}
    whenUnsatisfiable: {{ .whenUnsatisfiable }}
    labelSelector:
      matchLabels:
        {{- include "parley.selectorLabels" $root | nindent 8 }}
        app.kubernetes.io/component: {{ $.name }}
    # Each rollout by itself: the pods it replaces do not count.
    matchLabelKeys: [pod-template-hash]
  {{- end }}
{{- end }}
{{- with .pod.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .pod.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .pod.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
