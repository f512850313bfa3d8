# One image for everything that runs in production. The command chooses:
#   python -m app.main      the API and the doctor's pages (the default)
#   python -m app.worker    the worker
#   python -m app.release   migrations and the bucket, once before a new version serves
# It runs as nobody's user and writes to /tmp only: docker run --read-only --tmpfs /tmp …

FROM node:22-bookworm AS browser
WORKDIR /src
COPY miniprogram/package.json miniprogram/package-lock.json miniprogram/.npmrc miniprogram/
RUN cd miniprogram && npm ci --ignore-scripts
COPY scripts scripts
COPY app/static app/static
RUN python3 -m scripts.dev.vendor
COPY miniprogram miniprogram
RUN cd miniprogram && npm run build:h5

FROM python:3.11-slim-bookworm AS packages
COPY requirements.txt .
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.11-slim-bookworm
RUN useradd --system --no-create-home --uid 10001 weibu
COPY --from=packages /venv /venv
WORKDIR /srv/weibu
COPY alembic.ini .
COPY migrations migrations
COPY app app
COPY --from=browser /src/app/static/vendor app/static/vendor
COPY --from=browser /src/miniprogram/dist/h5 h5
RUN python -m compileall -q app migrations
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    ENVIRONMENT=production \
    HOST=0.0.0.0 \
    PORT=8000 \
    H5_DIR=/srv/weibu/h5
USER 10001
EXPOSE 8000
# The API is asked; worker and release are healthy while they run.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD python -c "\
import os, pathlib, urllib.request as http; \
serving = b'app.main' in pathlib.Path('/proc/1/cmdline').read_bytes(); \
serving and http.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/healthz', timeout=4)"
CMD ["python", "-m", "app.main"]
