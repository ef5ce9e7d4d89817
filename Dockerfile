# A small image for CI and manual checks: docker run --rm -v "$PWD:/repo" ghcr.io/OWNER/alembic-guard check
# It has no Python and no git, so use "run" in the app's own image (pip install alembic-guard).
# Needs dist (npm run build). Without RUN, one machine can build the image for every processor.
ARG NODE=gcr.io/distroless/nodejs24-debian12:nonroot
FROM ${NODE}
LABEL org.opencontainers.image.source="https://github.com/OWNER/alembic-guard" \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.description="Looks before alembic upgrade leaps"
COPY package.json LICENSE /alembic-guard/
COPY dist /alembic-guard/dist
WORKDIR /repo
ENTRYPOINT ["/nodejs/bin/node", "/alembic-guard/dist/cli.js"]
CMD ["check"]
