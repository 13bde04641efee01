# One stage per image, of gateway, sandbox and cli: docker build --target gateway --tag parley-gateway .
#
# What works today works tomorrow only by digest: --build-arg NODE_IMAGE=node:24.21.0-bookworm-slim@sha256:…
# (`docker buildx imagetools inspect node:24.21.0-bookworm-slim` prints it). The same argument names a mirror.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

# Alone, so that a change of sources does not install everything again.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /app
COPY . .
RUN find apps libs -type f ! -name package.json -delete

FROM ${NODE_IMAGE} AS build
WORKDIR /app
# npm reads it; unset, it takes what the base image is set up for.
ARG NPM_CONFIG_REGISTRY
COPY --from=manifests /app ./
RUN npm ci
COPY . .
RUN npm run build \
  && find apps/*/dist libs/*/dist -type f \( -name '*.d.ts' -o -name '*.map' -o -name '*.tsbuildinfo' \) -delete

# In this stage and its like only these workspaces are there, and without their development dependencies: with either of
# them npm would install what they alone ask for, whatever it is told to omit.
FROM ${NODE_IMAGE} AS sandbox-files
WORKDIR /app
ARG NPM_CONFIG_REGISTRY
COPY LICENSE package.json package-lock.json ./
COPY apps/sandbox/package.json apps/sandbox/
COPY libs/insider/package.json libs/insider/
COPY libs/settings/package.json libs/settings/
# What is copied keeps its mode, and that of somebody's folder may shut everybody else out.
RUN chmod -R a+rX LICENSE package*.json apps libs \
  && npm pkg delete devDependencies --workspaces --include-workspace-root \
  && npm ci --ignore-scripts
COPY --from=build /app/apps/sandbox/dist apps/sandbox/dist
COPY --from=build /app/libs/insider/dist libs/insider/dist
COPY --from=build /app/libs/settings/dist libs/settings/dist

FROM ${NODE_IMAGE} AS cli-files
WORKDIR /app
ARG NPM_CONFIG_REGISTRY
COPY LICENSE package.json package-lock.json ./
COPY apps/cli/package.json apps/cli/
COPY libs/contracts/package.json libs/contracts/
COPY libs/kafka/package.json libs/kafka/
COPY proto proto
RUN chmod -R a+rX LICENSE package*.json apps libs proto \
  && npm pkg delete devDependencies --workspaces --include-workspace-root \
  && npm ci --ignore-scripts
COPY --from=build /app/apps/cli/dist apps/cli/dist
COPY --from=build /app/libs/contracts/dist libs/contracts/dist
COPY --from=build /app/libs/kafka/dist libs/kafka/dist

FROM ${NODE_IMAGE} AS gateway-files
WORKDIR /app
ARG NPM_CONFIG_REGISTRY
COPY LICENSE package.json package-lock.json ./
COPY apps/gateway/package.json apps/gateway/
COPY libs/contracts/package.json libs/contracts/
COPY libs/delivery/package.json libs/delivery/
COPY libs/insider/package.json libs/insider/
COPY libs/kafka/package.json libs/kafka/
COPY libs/redis/package.json libs/redis/
COPY libs/sender/package.json libs/sender/
COPY libs/settings/package.json libs/settings/
# The proto file is read when the gateway starts.
COPY proto proto
RUN chmod -R a+rX LICENSE package*.json apps libs proto \
  && npm pkg delete devDependencies --workspaces --include-workspace-root \
  && npm ci --ignore-scripts
COPY --from=build /app/apps/gateway/dist apps/gateway/dist
COPY --from=build /app/libs/contracts/dist libs/contracts/dist
COPY --from=build /app/libs/delivery/dist libs/delivery/dist
COPY --from=build /app/libs/insider/dist libs/insider/dist
COPY --from=build /app/libs/kafka/dist libs/kafka/dist
COPY --from=build /app/libs/redis/dist libs/redis/dist
COPY --from=build /app/libs/sender/dist libs/sender/dist
COPY --from=build /app/libs/settings/dist libs/settings/dist

FROM ${NODE_IMAGE} AS runtime
WORKDIR /app
# Nothing installs packages any more, and what is not there needs no updates.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn* /opt/yarn*
# A process with the number 1 ignores SIGTERM until it has asked for it, which Node does after a second: a container that is
# told to end by then would stand until it is killed. In a container Node is number 2.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends 'tini=0.19.0-*' \
  && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
# Without a shell in between, signals reach the process.
ENTRYPOINT ["tini", "--", "node"]

FROM runtime AS sandbox
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Parley sandbox" \
  org.opencontainers.image.description="Insider One's conversational WhatsApp endpoint with its callbacks, and a phone to look at" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"
# A volume begins with the owner of the folder it is mounted over.
RUN install --directory --owner=1000 --group=1000 --mode=0700 /data
COPY --from=sandbox-files /app ./
# The image's user node; by number, because Kubernetes cannot tell from a name that it is not root.
USER 1000:1000
# For SANDBOX_DATA_FOLDER=/data; unset, everything stays in memory.
VOLUME /data
EXPOSE 4000
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.SANDBOX_PORT || 4000}/sandbox/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["apps/sandbox/dist/main.js"]

FROM runtime AS cli
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Parley command" \
  org.opencontainers.image.description="Sends texts through a Parley gateway and tells what became of them" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"
COPY --from=cli-files /app ./
USER 1000:1000
# Runs to its end.
HEALTHCHECK NONE
ENTRYPOINT ["tini", "--", "node", "apps/cli/dist/main.js"]
CMD ["--help"]

FROM runtime AS gateway
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Parley gateway" \
  org.opencontainers.image.description="Gateway between backend teams and WhatsApp, through Insider One: gRPC, Kafka and HTTP in, events out" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"
COPY --from=gateway-files /app ./
USER 1000:1000
EXPOSE 3000 50051
# Every role serves it. Not ready is who has not begun or is leaving; trouble with broker, Redis or provider is told there, and
# leaves it healthy.
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HTTP_PORT || 3000}/health/ready`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["apps/gateway/dist/main.js"]
