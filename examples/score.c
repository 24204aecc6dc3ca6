/* Scores pictures with an exported SavedModel, through TensorFlow's C interface.

   gcc score.c -o score -ltensorflow
   ./score FOLDER PICTURE...

   One line a picture: path, status, MOS. */

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

/* "name:index" of a signature, as `saved_model_cli show --all` tells it. */
static TF_Output place(TF_Graph* graph, const char* operation, int index) {
  TF_Output found = {TF_GraphOperationByName(graph, operation), index};
  if (found.oper == NULL) { fprintf(stderr, "no %s\n", operation); exit(1); }
  return found;
}

int main(int count, char** arguments) {
  if (count < 3) { fprintf(stderr, "FOLDER and PICTURE... are expected\n"); return 2; }
  TF_Status* status = TF_NewStatus();
  TF_Graph* graph = TF_NewGraph();
  TF_SessionOptions* options = TF_NewSessionOptions();
  const char* tags[] = {"serve"};
  TF_Session* session = TF_LoadSessionFromSavedModel(
      options, NULL, arguments[1], tags, 1, graph, NULL, status);
  check(status);

  /* A vector of strings, one a picture. */
  int64_t pictures = count - 2;
  TF_Tensor* input = TF_AllocateTensor(TF_STRING, &pictures, 1,
                                       (size_t)pictures * sizeof(TF_TString));
  TF_TString* strings = TF_TensorData(input);
  for (int64_t i = 0; i < pictures; ++i) {
    size_t length;
    char* bytes = content(arguments[i + 2], &length);
    TF_TString_Init(&strings[i]);
    TF_TString_Copy(&strings[i], bytes, length);
    free(bytes);
  }

  /* Outputs are in the order of their names: features, mos, output_0, score, status. */
  TF_Output taken = place(graph, "serving_default_bytes", 0);
  TF_Output given[] = {place(graph, "StatefulPartitionedCall", 1),
                       place(graph, "StatefulPartitionedCall", 4)};
  TF_Tensor* outputs[2];
  TF_SessionRun(session, NULL, &taken, &input, 1, given, outputs, 2, NULL, 0, NULL,
                status);
  check(status);

  const float* mos = TF_TensorData(outputs[0]);
  const TF_TString* told = TF_TensorData(outputs[1]);
  for (int64_t i = 0; i < pictures; ++i) {
    printf("%s\t%.*s\t%g\n", arguments[i + 2], (int)TF_TString_GetSize(&told[i]),
           TF_TString_GetDataPointer(&told[i]), mos[i]);
  }
  return 0;
}
