# Two images: `gateway` (web, worker, commands) and `nlu` (Rasa, which needs old packages, and sees no secrets).
#   docker build --target gateway --tag tammen .
#   docker build --target nlu --tag tammen-nlu .
# Both run as nobody in particular on a read-only file system with a writable /tmp (and /data for the gateway).

FROM python:3.13-slim-bookworm AS gateway-packages
WORKDIR /build
COPY requirements.lock ./
RUN python -m venv /opt/tammen \
 && /opt/tammen/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps \
        --requirement requirements.lock

FROM python:3.13-slim-bookworm AS gateway
RUN useradd --system --uid 10001 --no-create-home --home-dir /tmp tammen \
 && install --directory --owner=tammen --mode=0700 /data
WORKDIR /app
COPY --from=gateway-packages /opt/tammen /opt/tammen
COPY config.yml ./
COPY nlu nlu
COPY flows flows
COPY locales locales
COPY bot bot
RUN /opt/tammen/bin/python -m compileall -q bot nlu/language \
 && PYTHONPATH=/app /opt/tammen/bin/python -m bot.embedded built-in \
 && chmod --recursive a+rX .cache
ENV PATH=/opt/tammen/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 \
    PORT=8000 \
    TAMMEN_DATA=/data
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/health/live', timeout=4)"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["web"]

FROM python:3.11-slim-bookworm AS nlu-packages
WORKDIR /build
COPY nlu/requirements.lock ./
RUN python -m venv /opt/nlu \
 && /opt/nlu/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps \
        --ignore-requires-python --requirement requirements.lock

FROM nlu-packages AS nlu-model
WORKDIR /app
ENV RASA_TELEMETRY_ENABLED=false PYTHONPATH=/app
COPY config.yml ./
COPY nlu nlu
RUN /opt/nlu/bin/python -m nlu.train --out /model/nlu.tar.gz

FROM python:3.11-slim-bookworm AS nlu
RUN useradd --system --uid 10002 --no-create-home --home-dir /tmp nlu
WORKDIR /app
COPY --from=nlu-packages /opt/nlu /opt/nlu
COPY --from=nlu-model /model /model
COPY nlu/__init__.py nlu/serve.py nlu/channels.yml nlu/
COPY nlu/components nlu/components
COPY nlu/language nlu/language
ENV PATH=/opt/nlu/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    MPLCONFIGDIR=/tmp \
    NLU_HOST=0.0.0.0 \
    NLU_PORT=5005 \
    NLU_MODEL=/model/nlu.tar.gz
USER 10002
EXPOSE 5005
HEALTHCHECK --interval=15s --timeout=5s --start-period=90s --retries=4 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"NLU_PORT\"]}/status?token={os.environ[\"NLU_TOKEN\"]}', timeout=4)"]
CMD ["python", "-m", "nlu.serve"]
