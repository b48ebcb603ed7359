# tradeledger with all its extras, as a user who is not root. Build and run by compose.yaml, or alone:
#   docker build --tag tradeledger . && docker run --rm --volume ledger:/data tradeledger tradeledger collect
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
# The version that the pins were resolved with.
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /source
COPY . .
RUN uv build --wheel --out-dir /wheel \
    && uv export --quiet --all-extras --no-dev --no-emit-project --no-hashes --output-file /wheel/pins.txt \
    && uv venv /opt/tradeledger \
    && uv pip install --python /opt/tradeledger/bin/python --requirement /wheel/pins.txt /wheel/*.whl \
    && uv pip check --python /opt/tradeledger/bin/python

FROM python:${PYTHON}-slim
RUN useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin tradeledger \
    && install --directory --owner 10001 --group 10001 --mode 0700 /data
COPY --from=build /opt/tradeledger /opt/tradeledger
# Ledger, documents, Prefect's own files and what its UI is served from: all in one volume, nothing beside the packages.
ENV PATH=/opt/tradeledger/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    TRADELEDGER_HOME=/data \
    PREFECT_HOME=/data/prefect \
    PREFECT_SERVER_UI_STATIC_DIRECTORY=/data/prefect/ui \
    PREFECT_SERVER_ANALYTICS_ENABLED=false
VOLUME /data
WORKDIR /data
USER 10001
CMD ["tradeledger", "--help"]
