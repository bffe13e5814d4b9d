# Any current rclone (1.60 or newer) does; Debian's own lags by years.
FROM rclone/rclone:1.75.1 AS rclone

FROM node:24-bookworm-slim AS build
WORKDIR /app
RUN apt-get update \
 && apt-get install -y --no-install-recommends g++ make python3 \
 && rm -rf /var/lib/apt/lists/*
COPY package.json package-lock.json .npmrc ./
# Only the SQLite module needs its script. Built here, against the headers of this very Node: nothing unsigned is downloaded.
RUN npm ci --ignore-scripts \
 && npm_config_nodedir=/usr/local npm_config_build_from_source=true JOBS=max npm rebuild better-sqlite3 \
 && rm -rf node_modules/better-sqlite3/build/Release/obj node_modules/better-sqlite3/build/Release/obj.target
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates openssh-client tini \
 && rm -rf /var/lib/apt/lists/*
COPY --from=rclone /usr/local/bin/rclone /usr/local/bin/rclone
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
COPY client ./client
# The base image's user `node` has uid and gid 1000; a fresh named volume takes the owner from here.
RUN mkdir -p /config/rclone /data /backups /local-directories \
 && chmod +x dist/cli/main.js \
 && ln -s /app/dist/cli/main.js /usr/local/bin/backup-orchestrator \
 && chown node:node /config/rclone /data /backups /local-directories
# One arena and one helper thread of V8: each further one keeps memory of its own, and there is little for them to do.
ENV NODE_ENV=production \
    MALLOC_ARENA_MAX=1 \
    NODE_OPTIONS=--v8-pool-size=1 \
    APP_PORT=5550 \
    DATA_DIR=/data \
    RCLONE_CONFIG=/config/rclone/rclone.conf \
    XDG_CACHE_HOME=/tmp/.cache
VOLUME ["/config/rclone", "/data", "/backups", "/local-directories"]
EXPOSE 5550
USER node
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.APP_PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--"]
CMD ["node", "dist/main.js"]
