# syntax=docker/dockerfile:1
# headless-odoo in one image: docker build -t headless-odoo .

FROM python:3.11-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
WORKDIR /src

# The dependencies first: this layer stays until the lock changes. requirements.lock is the run time, and setuptools to
# install the project with; every file must have the hash it states, and no dependency is built from source.
COPY requirements.lock ./
RUN /opt/venv/bin/pip install --require-hashes --only-binary=:all: -r requirements.lock

COPY . .
RUN /opt/venv/bin/pip install --no-deps --no-build-isolation . \
    && /opt/venv/bin/pip uninstall --yes setuptools \
    && /opt/venv/bin/python -m compileall -q /opt/venv/lib \
    && /opt/venv/bin/headless-odoo --help >/dev/null


FROM python:3.11-slim-bookworm

LABEL org.opencontainers.image.title="headless-odoo" \
      org.opencontainers.image.licenses="Apache-2.0"

RUN groupadd --gid 10001 bff \
    && useradd --uid 10001 --gid bff --home-dir /var/lib/headless-odoo --create-home --shell /usr/sbin/nologin bff
COPY --from=build /opt/venv /opt/venv

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HEADLESS_ODOO_HOST=0.0.0.0 \
    HEADLESS_ODOO_PORT=8000

USER 10001:10001
WORKDIR /var/lib/headless-odoo
EXPOSE 8000
STOPSIGNAL SIGTERM

# No curl in a slim image. The process's own port, in case the environment changed it.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['HEADLESS_ODOO_PORT'] + '/healthz', timeout=4)"]

CMD ["headless-odoo", "serve"]
