import { CELL_NAMES } from '@unroll/rnn-core';
import { didYouMean } from '@unroll/run';
import type { z } from 'zod';

/** What each key of a matrix may hold, as it is written. */
const EXAMPLES: Readonly<Record<string, string>> = {
  about: '"three cells on one text"',
  tasks: '{ "char-lm": ["--preset", "moby-dick"] }',
  variants: '{ "plain": [], "average": ["--ema", "0.98"] }',
  cells: '["gru", "lstm"]',
  lr: '{ "char-lm": { "gru": 0.006 } }',
  hiddenSize: '[64]',
  seeds: '[1, 2, 3]',
  equal: '"steps"',
  steps: '300',
  minutes: '5',
  score: '"validation-loss"',
  probeGradients: '20',
};

/** Those that can be compared: relu is an RNN with relu in place of tanh. */
export const CELLS = [...CELL_NAMES, 'relu'] as const;

/** What the schema expects, in plain words. */
const TYPES: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'an object',
  record: 'an object',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
};

/**
 * What is wrong with a matrix, where, and how it is written.
 *
 * @param content the whole matrix
 * @param keys those of a matrix
 */
export function matrixFault(issue: z.core.$ZodIssue, content: unknown, keys: readonly string[]): string {
  const [key] = issue.path;
  if (issue.code === 'unrecognized_keys') {
    const [unknown = ''] = issue.keys;
    if (key === undefined) return `${unknown} is not a setting of a matrix${didYouMean(unknown, keys)}`;
    return `${pathOf(issue.path)} must have ${CELLS.join(', ')}, got ${unknown}${didYouMean(unknown, CELLS)}`;
  }
  const example = key === undefined ? '{ "tasks": …, "cells": …, … }' : `"${String(key)}": ${EXAMPLES[String(key)]}`;
  const parent = valueAt(content, issue.path.slice(0, -1));
  const where = issue.path.length === 0 ? 'the matrix' : pathOf(issue.path);
  const value = valueAt(content, issue.path);
  if (value === undefined) return `${where} must be given, got none; write ${example}`;
  const got = JSON.stringify(value);
  const isFlag = issue.code === 'invalid_type' && issue.expected === 'string' && Array.isArray(parent);
  const remedy = isFlag && typeof value !== 'object' ? `"${got}"` : example;
  if (issue.code !== 'invalid_value') return `${where} must be ${expected(issue)}, got ${got}; write ${remedy}`;
  const choices = issue.values.map(String);
  const nearest = typeof value === 'string' ? didYouMean(value, choices) : '';
  return `${where} must be one of ${choices.join(', ')}, got ${got}${nearest || `; write ${example}`}`;
}

function expected(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return TYPES[issue.expected] ?? issue.expected;
    case 'too_small':
      if (issue.origin === 'array') return 'a list that is not empty';
      return `${issue.inclusive ? 'at least' : 'above'} ${String(issue.minimum)}`;
    case 'too_big':
      return `${issue.inclusive ? 'at most' : 'below'} ${String(issue.maximum)}`;
    default:
      return 'something else';
  }
}

/** `tasks.char-lm[1]` */
const pathOf = (path: readonly PropertyKey[]): string =>
  path.map((step, k) => (typeof step === 'number' ? `[${step}]` : `${k > 0 ? '.' : ''}${String(step)}`)).join('');

const valueAt = (content: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce((at, step) => (Object(at) as Record<PropertyKey, unknown>)[step], content);
