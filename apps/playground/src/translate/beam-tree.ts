import { IncrementalDecoder, lengthDivisor, type Translator } from '@unroll/translate';

/** A token that the search has looked at, after those of its parent. */
export interface TreeNode {
  readonly id: number;
  /** Index of the node before it; undefined at the beginning. */
  readonly parent: number | undefined;
  readonly depth: number;
  /** As text; empty for the end of the sentence. */
  readonly piece: string;
  /** Given the tokens before it. */
  readonly probability: number;
  /** Sum of the natural log-probabilities from the beginning. */
  readonly logProbability: number;
  /** Whether the search went on with it. */
  readonly isKept: boolean;
  readonly isEnd: boolean;
}

/** A beam search with everything it has looked at. */
export interface BeamTree {
  /** The source's tokens as text, the end of the sentence last. */
  readonly source: readonly string[];
  readonly nodes: readonly TreeNode[];
  /** Indices of the best translation's nodes. */
  readonly best: readonly number[];
  readonly text: string;
  /** The number of tokens at the beginning that were forced. */
  readonly forced: number;
  /** [tokens of the best translation, source tokens] */
  readonly attention: readonly (readonly number[])[];
}

interface Live {
  readonly node: number | undefined;
  readonly token: number;
  readonly logProbability: number;
  readonly attention: readonly (readonly number[])[];
}

const LENGTH_PENALTY = { lengthPenalty: 1, coveragePenalty: 0 };
const MAX_LENGTH = 40;

/**
 * Beam search that keeps its tree: at each step the `beamSize` best continuations of each live prefix are looked at, and the
 * `beamSize` best of all are kept.
 *
 * @param prefix ids that the translation must begin with
 */
export function beamTree(
  translator: Translator,
  text: string,
  beamSize: number,
  prefix: readonly number[],
): BeamTree {
  const { model, backend, tokenizer } = translator;
  const source = tokenizer.encodeSource(text);
  const eos = tokenizer.eos.target;
  const nodes: TreeNode[] = [];
  const ended: { readonly node: number; readonly score: number; readonly attention: Live['attention'] }[] = [];
  let live: readonly Live[] = [{ node: undefined, token: eos, logProbability: 0, attention: [] }];
  let rows: readonly number[] = [0];
  using decoder = new IncrementalDecoder({ model, backend, eos }, [source], beamSize);
  for (let depth = 0; live.length > 0 && ended.length < beamSize && depth < MAX_LENGTH; depth++) {
    const before = live;
    const next: Live[] = [];
    const nextRows: number[] = [];
    decoder.step(
      Int32Array.from(before, ({ token }) => token),
      Int32Array.from(rows),
      ({ probabilities, V, weights, S }) => {
        const forced = (prefix[depth] ?? V) < V ? prefix[depth] : undefined; // an address may be of another model
        const looked = before.flatMap((from, row) => {
          const p = probabilities.subarray(row * V, (row + 1) * V);
          const tokens = forced === undefined ? mostProbable(p, beamSize) : [forced];
          return tokens.map((token) => ({
            from,
            row,
            token,
            p: p[token] as number,
            total: from.logProbability + Math.log(p[token] as number),
          }));
        });
        looked.sort((a, b) => b.total - a.total);
        for (const [rank, { from, row, token, p, total }] of looked.entries()) {
          const isKept = rank < beamSize;
          const isEnd = token === eos;
          const piece = isEnd ? '' : tokenizer.target.decode(Int32Array.of(token));
          nodes.push({
            id: token,
            parent: from.node,
            depth,
            piece,
            probability: p,
            logProbability: total,
            isKept,
            isEnd,
          });
          if (!isKept) continue;
          const node = nodes.length - 1;
          const attention = [...from.attention, Array.from(weights?.subarray(row * S, (row + 1) * S) ?? [])];
          if (isEnd) ended.push({ node, score: total / lengthDivisor(depth + 1, LENGTH_PENALTY), attention });
          else {
            next.push({ node, token, logProbability: total, attention });
            nextRows.push(row);
          }
        }
      },
    );
    [live, rows] = [next, nextRows];
  }
  const winner = ended.sort((a, b) => b.score - a.score)[0];
  const best = winner ? pathTo(nodes, winner.node) : [];
  const ids = best.map((k) => (nodes[k] as TreeNode).id).filter((id) => id !== eos);
  return {
    source: [...Array.from(source.slice(0, -1), (id) => tokenizer.source.decode(Int32Array.of(id))), ''],
    nodes,
    best,
    text: tokenizer.target.decode(Int32Array.from(ids)).trim(),
    forced: prefix.length,
    attention: winner?.attention ?? [],
  };
}

/** The indices of a node and all before it, in order. */
export function pathTo(nodes: readonly TreeNode[], node: number): number[] {
  const path: number[] = [];
  for (let at: number | undefined = node; at !== undefined; at = nodes[at]?.parent) path.unshift(at);
  return path;
}

function mostProbable(probabilities: ArrayLike<number>, count: number): number[] {
  return Array.from({ length: probabilities.length }, (_, token) => token)
    .sort((a, b) => (probabilities[b] as number) - (probabilities[a] as number))
    .slice(0, count);
}
