/** The files that a model folder has. */
export const MODEL_FILES = ['config.json', 'tokenizer.json', 'model.safetensors'] as const;
