# A small image for CI and for looking by hand: docker run --rm -v "$PWD:/repo" ghcr.io/OWNER/alembic-guard check
# It has no Python and no git, so "run" belongs into the image of the app (pip install alembic-guard).
# Built from dist (npm run build); it runs nothing while it is built, so one machine builds it for every processor.
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
