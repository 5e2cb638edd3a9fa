# The service alone: Redis is a container of its own (docker-compose.yml). No build step: Node runs the source.
FROM node:26-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# Without optional packages: they are Node itself for a clone, and the image has Node. No package needs its scripts.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund && npm cache clean --force

FROM node:26-slim
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY . .
# The sandbox's data would go to a volume; with REDIS_URL nothing is written.
RUN mkdir /data && chown node:node /data
ENV HOST=0.0.0.0 \
    PORT=8080 \
    SANDBOX=off \
    DATA_DIR=/data
USER node
EXPOSE 8080
# Alive, not ready: a container that waits for Redis must not be restarted for it. /readyz is for the load balancer.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node itself, not npm: SIGTERM then reaches the service.
CMD ["node", "src/main.ts"]
