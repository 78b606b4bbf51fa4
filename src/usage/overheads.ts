/**
 * Tokens that a provider's format puts around texts. Counted from the chat template of Qwen 2.5 and 3, which is
 * public (`<|im_start|>user\n…<|im_end|>\n`, `<tool_call>\n{"name": …, "arguments": …}\n</tool_call>`,
 * `<tool_response>\n…\n</tool_response>`); Anthropic's is not, and takes rather more for tools.
 */
export const MESSAGE_TOKENS = 5;
/** Around one tool call: tags, `name`, `arguments`. */
export const TOOL_CALL_TOKENS = 10;
/** Around one tool result. */
export const TOOL_RESULT_TOKENS = 8;
/** Around one tool definition: `{"type": "function", "function": {"name": …, "description": …, "parameters": …}}`. */
export const TOOL_SPEC_TOKENS = 14;
