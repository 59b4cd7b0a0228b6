# syntax=docker/dockerfile:1

# ── console: its page and script, built with the development packages, which are left out ─────────────────
FROM node:24.21.0-bookworm-slim AS console
WORKDIR /app
COPY package.json package-lock.json tsconfig.json ./
RUN npm ci --include=dev --ignore-scripts --no-audit --no-fund
COPY src/console ./src/console
RUN npm run --silent build

# ── build: the production packages, without the Node that npm installs for development ──────────────────
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund
COPY src ./src
COPY --from=console /app/src/console/dist ./src/console/dist
COPY connectors ./connectors
COPY config ./config
COPY test/emulators/pulumi ./test/emulators/pulumi
COPY deploy/healthcheck.mjs ./deploy/
COPY LICENSE ./
# Removes the tests; then one start proves that nothing needed is missing.
RUN find connectors src test \( -name '*.test.ts' -o -name harness.ts -o -name scratch.ts \) -delete && find src/console -mindepth 1 -maxdepth 1 ! -name dist -exec rm -r {} + && node src/main.ts --version
RUN mkdir -p -m 0750 /var/lib/auditferry

# ── app: plain, or full with the packages that only some sinks need (docker build --build-arg VARIANT=full) ─────────────
# A step chooses the variant, because not every builder finds a stage whose name is a variable in FROM.
FROM build AS app
ARG VARIANT=plain
# The optional packages get the versions of package.json, and the dependency tree of the lockfile.
RUN case "$VARIANT" in \
  plain) ;; \
  full) npm install --no-save --save-prod --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund --loglevel=error \
    $(node -p "Object.entries(require('./package.json').peerDependencies).map((it) => it.join('@')).join(' ')") ;; \
  *) echo "VARIANT is plain or full, not $VARIANT" >&2; exit 1 ;; \
  esac

# ── final ───────────────────────────────────────────────────────────────────────────────────────────────
FROM node:24.21.0-bookworm-slim
LABEL org.opencontainers.image.title="auditferry" \
      org.opencontainers.image.description="Carries Pulumi Cloud audit logs into the tools of security teams: nothing lost, and proved." \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production \
    MALLOC_ARENA_MAX=1 \
    GLIBC_TUNABLES=glibc.malloc.hugetlb=1 \
    AUDITFERRY_CONFIG=/etc/auditferry/auditferry.yaml
WORKDIR /app
COPY --from=app /app /app
# Owned by the user below, so that a new named volume is too.
COPY --from=app --chown=10001:10001 /var/lib/auditferry /var/lib/auditferry
USER 10001:10001
VOLUME ["/var/lib/auditferry"]
EXPOSE 8484
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s --retries=3 \
  CMD ["node", "/app/deploy/healthcheck.mjs"]
ENTRYPOINT ["node", "--max-semi-space-size=6", "--heap-growing-percent=70", "--no-allocation-site-pretenuring", "--require", "/app/src/cli/early-signals.cjs", "/app/src/main.ts"]
CMD ["run"]
