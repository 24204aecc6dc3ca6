# Workers of Apache Beam that score with tfiqa; see scale.md.
#
#   docker build -f docs/beam.Dockerfile -t REGISTRY/tfiqa-beam .
#   python -m tfiqa.beam.score ... -- --sdk_container_image=REGISTRY/tfiqa-beam
#
# The version of Beam and of Python must be those of the machine that starts the pipeline.
FROM apache/beam_python3.11_sdk:2.77.0

COPY . /opt/tfiqa
# `.[beam]` with TensorFlow. For LiteRT workers (photo, niqe, .tflite) the packages of
# light.md suffice beside Beam: pip install --no-deps /opt/tfiqa and then those.
RUN pip install --no-cache-dir '/opt/tfiqa[beam]'

# One thread of arithmetic each: Beam already starts a process for each core.
ENV OMP_NUM_THREADS=1 TF_CPP_MIN_LOG_LEVEL=2
