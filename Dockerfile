# One image for every process; docker-compose.yml says which command each one runs.
FROM python:3.11-slim AS build
ENV UV_LINK_MODE=copy \
    UV_COMPILE_BYTECODE=1 \
    PIP_NO_CACHE_DIR=1
RUN pip install --quiet uv==0.13.9
WORKDIR /app
# The lock file is the constraint: production leaves out the tools. `backup` brings pg_dump.
COPY pyproject.toml requirements.lock LICENSE README.md ./
RUN uv venv /app/.venv && \
    uv pip compile --quiet --constraint requirements.lock --extra backup --extra tracing pyproject.toml -o /tmp/production.lock && \
    uv pip install --quiet --python /app/.venv/bin/python -r /tmp/production.lock
COPY outreach ./outreach
COPY campaigns ./campaigns
COPY templates ./templates
RUN uv pip install --quiet --python /app/.venv/bin/python --no-deps --editable .

FROM python:3.11-slim
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
# A new volume takes over the owner of the folder that it covers.
RUN useradd --system --no-create-home --uid 10001 --shell /usr/sbin/nologin outreach && \
    install --directory --owner 10001 --mode 0700 /backups
WORKDIR /app
COPY --from=build /app /app
# Nothing is written but to /tmp: the root file system may be read-only.
USER 10001
EXPOSE 8000 8001
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8000, timeout=2); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status >= 500)"]
CMD ["granian", "--interface", "wsgi", "outreach.config.wsgi:application", "--host", "0.0.0.0", "--port", "8000", "--blocking-threads", "8"]
