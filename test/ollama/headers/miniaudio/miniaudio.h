/*
 * Stands in for the miniaudio header, which a Go module archive of Ollama lacks (it lies in a folder named
 * "vendor"). Ollama decodes audio input with it; kv's tests send none, so every function answers with an error.
 */
#ifndef KV_FAKE_MINIAUDIO_H
#define KV_FAKE_MINIAUDIO_H

typedef int ma_result;
typedef unsigned long long ma_uint64;
enum { MA_SUCCESS = 0, MA_NOT_IMPLEMENTED = -29 };
enum { ma_format_f32 = 5 };

typedef struct { int unused; } ma_decoder_config;
typedef struct { int unused; } ma_decoder;

static inline ma_decoder_config ma_decoder_config_init(int, unsigned, unsigned) { return {0}; }
static inline ma_result ma_decoder_init_memory(const void *, size_t, const ma_decoder_config *, ma_decoder *) {
    return MA_NOT_IMPLEMENTED;
}
static inline ma_result ma_decoder_get_length_in_pcm_frames(ma_decoder *, ma_uint64 *) { return MA_NOT_IMPLEMENTED; }
static inline ma_result ma_decoder_read_pcm_frames(ma_decoder *, void *, ma_uint64, ma_uint64 *) {
    return MA_NOT_IMPLEMENTED;
}
static inline void ma_decoder_uninit(ma_decoder *) {}

#endif
