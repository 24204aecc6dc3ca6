/* Scores pictures with an exported SavedModel, through TensorFlow's C interface.

   gcc score.c -o score -ltensorflow
   ./score FOLDER BYTES MOS STATUS PICTURE...

   BYTES, MOS and STATUS are the places of the input and of two outputs in the graph,
   as in serving_default_bytes:0 StatefulPartitionedCall_2:1 StatefulPartitionedCall_2:4;

   saved_model_cli show --dir FOLDER --tag_set serve --signature_def serving_default

   tells them. One line a picture: path, status, MOS. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tensorflow/c/c_api.h>

static void check(TF_Status* status) {
  if (TF_GetCode(status) == TF_OK) return;
  fprintf(stderr, "%s\n", TF_Message(status));
  exit(1);
}

static char* content(const char* path, size_t* length) {
  FILE* file = fopen(path, "rb");
  if (file == NULL) { perror(path); exit(1); }
  fseek(file, 0, SEEK_END);
  *length = (size_t)ftell(file);
  rewind(file);
  char* bytes = malloc(*length + 1);
  if (bytes == NULL || fread(bytes, 1, *length, file) != *length) exit(1);
  fclose(file);
  return bytes;
}

static TF_Output place(TF_Graph* graph, char* name_and_index) {
  char* colon = strrchr(name_and_index, ':');
  if (colon != NULL) *colon = 0;
  TF_Operation* operation = TF_GraphOperationByName(graph, name_and_index);
  if (operation == NULL) { fprintf(stderr, "no %s\n", name_and_index); exit(1); }
  TF_Output found = {operation, colon == NULL ? 0 : atoi(colon + 1)};
  return found;
}

int main(int count, char** arguments) {
  if (count < 6) {
    fprintf(stderr, "FOLDER BYTES MOS STATUS PICTURE... are expected\n");
    return 2;
  }
  TF_Status* status = TF_NewStatus();
  TF_Graph* graph = TF_NewGraph();
  TF_SessionOptions* options = TF_NewSessionOptions();
  const char* tags[] = {"serve"};
  TF_Session* session = TF_LoadSessionFromSavedModel(
      options, NULL, arguments[1], tags, 1, graph, NULL, status);
  check(status);

  /* A vector of strings, one a picture. */
  char** paths = arguments + 5;
  int64_t pictures = count - 5;
  TF_Tensor* input = TF_AllocateTensor(TF_STRING, &pictures, 1,
                                       (size_t)pictures * sizeof(TF_TString));
  TF_TString* strings = TF_TensorData(input);
  for (int64_t i = 0; i < pictures; ++i) {
    size_t length;
    char* bytes = content(paths[i], &length);
    TF_TString_Init(&strings[i]);
    TF_TString_Copy(&strings[i], bytes, length);
    free(bytes);
  }

  TF_Output taken = place(graph, arguments[2]);
  TF_Output given[] = {place(graph, arguments[3]), place(graph, arguments[4])};
  TF_Tensor* outputs[2];
  TF_SessionRun(session, NULL, &taken, &input, 1, given, outputs, 2, NULL, 0, NULL,
                status);
  check(status);

  const float* mos = TF_TensorData(outputs[0]);
  const TF_TString* told = TF_TensorData(outputs[1]);
  for (int64_t i = 0; i < pictures; ++i) {
    printf("%s\t%.*s\t%g\n", paths[i], (int)TF_TString_GetSize(&told[i]),
           TF_TString_GetDataPointer(&told[i]), mos[i]);
  }
  return 0;
}
