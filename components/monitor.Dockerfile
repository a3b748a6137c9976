# Image of the drift monitor. Build it in the project's folder:
#   docker build -f components/monitor.Dockerfile -t REGION-docker.pkg.dev/PROJECT/weighbridge/monitor:VERSION .
# Packages are the locked ones, by hash. The base is named by tag; pin its digest in your own registry.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY requirements.lock pyproject.toml README.md LICENSE ./
RUN python -m venv /opt/weighbridge \
    && /opt/weighbridge/bin/pip install --no-cache-dir --require-hashes --requirement requirements.lock
COPY weighbridge weighbridge
COPY components components
COPY policies policies
RUN /opt/weighbridge/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
RUN useradd --uid 1000 --no-create-home --shell /usr/sbin/nologin weighbridge
COPY --from=build /opt/weighbridge /opt/weighbridge
USER 1000
EXPOSE 9108
ENTRYPOINT ["/opt/weighbridge/bin/weighbridge"]
CMD ["monitor", "--help"]
