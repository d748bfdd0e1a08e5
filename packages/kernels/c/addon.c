/*
 * The Node-API addon: hosts of one heap, one pool of threads and one set of kernels each.
 *
 *     open(threads, isa, bf16) → { isa, grow(bytes) → ArrayBuffer, close(), kernels: { gemm(…), … } }
 *
 * The heap is a region of addresses reserved once, so that it never moves while it grows. Every kernel is a function of
 * numbers; kernels.h says how many and what they mean. An isa '' is the best that the processor has. Where `bf16` is 1,
 * the result has `bf16Kernels` beside `kernels`, over the same heap.
 */
#include <node_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addon.h"
#include "memory.h"
#include "threads.h"

#define MAX_ARGUMENTS 24

typedef struct Host {
  Region heap, scratch;
  Threads *threads;
  napi_ref buffer; /* the ArrayBuffer over the heap as it is now */
  int outOfMemory;
  struct Bound *bound;
} Host;

/* One kernel of one host: what its JavaScript function carries. */
typedef struct Bound {
  Host *host;
  const Kernel *kernel;
} Bound;

/* The host whose kernel this thread is running. */
static _Thread_local Host *current;

int threadCount(void) { return threadsCount(current->threads); }

void parallel(Task *task, const void *context, ptrdiff_t tiles) { threadsRun(current->threads, task, context, tiles); }

void *workspace(size_t bytes) {
  if (regionGrow(&current->scratch, bytes)) return current->scratch.base;
  current->outOfMemory = 1;
  return NULL;
}

static napi_value throwError(napi_env env, const char *message) {
  napi_throw_error(env, NULL, message);
  return NULL;
}

static napi_value callKernel(napi_env env, napi_callback_info info) {
  napi_value values[MAX_ARGUMENTS];
  size_t count = MAX_ARGUMENTS;
  Bound *bound;
  napi_get_cb_info(env, info, &count, values, NULL, (void **)&bound);
  const Kernel *kernel = bound->kernel;
  Host *host = bound->host;
  char message[160];
  if (!host->heap.base) return throwError(env, "the backend is closed");
  if (count != (size_t)kernel->arguments) {
    snprintf(
        message, sizeof message, "%s: there must be %d arguments, got %d", kernel->name, kernel->arguments, (int)count);
    return throwError(env, message);
  }
  double arguments[MAX_ARGUMENTS];
  for (size_t i = 0; i < count; i++)
    if (napi_get_value_double(env, values[i], &arguments[i]) != napi_ok) {
      snprintf(message, sizeof message, "%s: argument %d must be a number", kernel->name, (int)i + 1);
      return throwError(env, message);
    }

  current = host;
  double result = kernel->call(host->heap.base, arguments);
  current = NULL;
  if (host->outOfMemory) {
    host->outOfMemory = 0;
    snprintf(message, sizeof message, "%s: the system has no memory left for packed weights", kernel->name);
    return throwError(env, message);
  }
  napi_value value = NULL;
  if (kernel->returnsNumber) napi_create_double(env, result, &value);
  return value;
}

static void detachBuffer(napi_env env, Host *host) {
  napi_value buffer;
  if (!host->buffer) return;
  if (napi_get_reference_value(env, host->buffer, &buffer) == napi_ok && buffer) napi_detach_arraybuffer(env, buffer);
  napi_delete_reference(env, host->buffer);
  host->buffer = NULL;
}

/* grow(bytes): the heap, at least that large, as a new ArrayBuffer over the same addresses; the old one is detached. */
static napi_value grow(napi_env env, napi_callback_info info) {
  napi_value argument, buffer;
  size_t count = 1;
  Host *host;
  double bytes = 0;
  napi_get_cb_info(env, info, &count, &argument, NULL, (void **)&host);
  if (!host->heap.base) return throwError(env, "the backend is closed");
  if (napi_get_value_double(env, argument, &bytes) != napi_ok || !regionGrow(&host->heap, (size_t)bytes))
    return throwError(env, "the system has no memory left");
  detachBuffer(env, host);
  if (napi_create_external_arraybuffer(env, host->heap.base, host->heap.committed, NULL, NULL, &buffer) != napi_ok)
    return throwError(env, "this runtime allows no memory of an addon's own as an ArrayBuffer");
  napi_create_reference(env, buffer, 1, &host->buffer);
  return buffer;
}

static void closeHost(Host *host) {
  if (!host->heap.base) return;
  threadsClose(host->threads);
  regionClose(&host->heap);
  regionClose(&host->scratch);
}

/* Kernels still held by JavaScript keep the (small) host itself alive: they throw. */
static napi_value closeFromJavaScript(napi_env env, napi_callback_info info) {
  size_t count = 0;
  Host *host;
  napi_get_cb_info(env, info, &count, NULL, NULL, (void **)&host);
  detachBuffer(env, host);
  closeHost(host);
  return NULL;
}

static void closeWithEnvironment(void *data) {
  Host *host = data;
  closeHost(host);
  free(host->bound);
  free(host);
}

static void setFunction(napi_env env, napi_value object, const char *name, napi_callback callback, void *data) {
  napi_value function;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, data, &function);
  napi_set_named_property(env, object, name, function);
}

static napi_value bindKernels(napi_env env, Host *host, const Isa *isa, Bound *bound) {
  napi_value kernels;
  napi_create_object(env, &kernels);
  for (int i = 0; i < isa->count; i++) {
    bound[i] = (Bound){host, &isa->kernels[i]};
    setFunction(env, kernels, isa->kernels[i].name, callKernel, &bound[i]);
  }
  return kernels;
}

static napi_value openHost(napi_env env, napi_callback_info info) {
  napi_value arguments[3], result, name;
  size_t count = 3;
  int32_t threads = 1, withBf16 = 0;
  char wanted[16] = "";
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  if (count != 3 || napi_get_value_int32(env, arguments[0], &threads) != napi_ok ||
      napi_get_value_string_utf8(env, arguments[1], wanted, sizeof wanted, NULL) != napi_ok ||
      napi_get_value_int32(env, arguments[2], &withBf16) != napi_ok)
    return throwError(env, "open: (threads, isa, bf16) must be a number, a string and a number");

  const Isa *isa = chooseIsa(wanted), *bf16 = withBf16 ? chooseIsa("amx") : NULL;
  if (withBf16 && !bf16) bf16 = chooseIsa("avx512bf16");
  if (!isa) return throwError(env, "open: this processor or build has no such instruction set");
  if (withBf16 && !bf16)
    return throwError(
        env, "bf16 products need AVX512-BF16 or AMX instructions, which this processor does not have; use float32");
  Host *host = calloc(1, sizeof *host);
  if (!host) return throwError(env, "open: the system has no memory left");
  host->bound = calloc((size_t)(isa->count + (bf16 ? bf16->count : 0)), sizeof *host->bound);
  if (!host->bound || !regionOpen(&host->heap) || !regionOpen(&host->scratch) ||
      !(host->threads = threadsOpen(threads))) {
    regionClose(&host->heap);
    regionClose(&host->scratch);
    free(host->bound);
    free(host);
    return throwError(env, "open: the system gives no address space or no threads");
  }
  napi_add_env_cleanup_hook(env, closeWithEnvironment, host);

  napi_create_object(env, &result);
  napi_create_string_utf8(env, isa->name, NAPI_AUTO_LENGTH, &name);
  napi_set_named_property(env, result, "isa", name);
  napi_set_named_property(env, result, "kernels", bindKernels(env, host, isa, host->bound));
  if (bf16) napi_set_named_property(env, result, "bf16Kernels", bindKernels(env, host, bf16, host->bound + isa->count));
  setFunction(env, result, "grow", grow, host);
  setFunction(env, result, "close", closeFromJavaScript, host);
  return result;
}

NAPI_MODULE_INIT() {
  setFunction(env, exports, "open", openHost, NULL);
  return exports;
}
