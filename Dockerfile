# peermeter in a container:
#
#   docker build -t peermeter .
#   docker run --rm --read-only -p 127.0.0.1:8001:8001 -p 127.0.0.1:8081:8081 -v peermeter:/var/lib/peermeter peermeter
#
# It runs as the image's user `node` (1000) and writes to /var/lib/peermeter alone, where its key is: keep that volume, and it
# keeps its peer id. Settings are flags after the image's name (`peermeter run --max-peers 500`) or variables
# (`-e PEERMETER_MAX_PEERS=500`).

# The Node.js that the lock file brings for a clone (tools/node-runtime); a test compares the two.
FROM node:24.21.0-bookworm-slim AS base
WORKDIR /app

FROM base AS manifests
COPY package.json package-lock.json .npmrc ./

FROM manifests AS build
RUN npm ci --ignore-scripts --workspaces=false
COPY tsconfig.json tsconfig.build.json ./
COPY tools tools
COPY src src
RUN npm run build

FROM manifests AS dependencies
RUN npm ci --ignore-scripts --workspaces=false --omit=dev

FROM base
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="peermeter" \
      org.opencontainers.image.description="A libp2p daemon that measures its peers, its pings and itself, and sends it through OpenTelemetry to Prometheus" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.base.name="docker.io/library/node:24.21.0-bookworm-slim"
COPY package.json LICENSE ./
COPY docker docker
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
# A named volume takes over who owns the folder it is laid over.
RUN install -d -o 1000 -g 1000 -m 0700 /var/lib/peermeter
# By number, so that Kubernetes can see that it is not root.
USER 1000:1000
# In a container 127.0.0.1 is the container's own: whom it is shown to is decided by what is published.
ENV NODE_ENV=production \
    STATE_DIRECTORY=/var/lib/peermeter \
    PEERMETER_HOST=0.0.0.0 \
    PEERMETER_METRICS_HOST=0.0.0.0
VOLUME /var/lib/peermeter
EXPOSE 8001 8081
# /readyz: it listens for peers. With another metrics port set the variable, not the flag: this reads it too.
HEALTHCHECK --interval=10s --timeout=4s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PEERMETER_METRICS_PORT || 8081) + '/readyz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# No shell between Docker and the program: SIGTERM reaches it, and it ends within 5 s.
ENTRYPOINT ["node", "dist/main.js"]
CMD ["run"]
