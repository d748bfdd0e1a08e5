import { strings } from '../strings.ts';
import { type BeamTree, pathTo, type TreeNode } from './beam-tree.ts';

// In the pixels of a page whose text is 16 pixels high; it grows with that.
const COLUMN = 132;
const ROW = 38;
const WIDTH = 108;
const HEIGHT = 28;
const rem = (pixels: number): string => `${pixels / 16}rem`;

/** The search as a tree: a column per token; what was not kept is faint. A click forces the translation to begin so. */
export function Tree({ tree, onForce }: { tree: BeamTree; onForce: (node: number) => void }) {
  const { nodes, best } = tree;
  const rows = rowsOf(nodes, best);
  const left = (k: number): number => (nodes[k] as TreeNode).depth * COLUMN;
  const top = (k: number): number => (rows[k] as number) * ROW;
  const width = (Math.max(...nodes.map(({ depth }) => depth)) + 1) * COLUMN;
  const height = (Math.max(...rows) + 1) * ROW;
  return (
    <div class="tree-scroll" tabIndex={0} role="group" aria-label={strings.translate.treeLabel}>
      <div class="tree" style={{ width: rem(width), height: rem(height) }}>
        <svg viewBox={`0 0 ${width} ${height}`} width={rem(width)} height={rem(height)} aria-hidden="true">
          {nodes.map(({ parent }, k) => {
            if (parent === undefined) return null;
            const [x1, y1, x2, y2] = [left(parent) + WIDTH, top(parent) + HEIGHT / 2, left(k), top(k) + HEIGHT / 2];
            const middle = (x1 + x2) / 2;
            return (
              <path
                class={best.includes(k) ? 'best' : ''}
                d={`M${x1} ${y1} C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`}
              />
            );
          })}
        </svg>
        {nodes.map(({ piece, probability, isKept, isEnd }, k) => (
          <button
            key={pathTo(nodes, k)
              .map((other) => nodes[other]?.id)
              .join('.')} // the focus stays on a token that is forced
            type="button"
            class={`node${best.includes(k) ? ' best' : ''}${isKept ? '' : ' pruned'}`}
            style={{ left: rem(left(k)), top: rem(top(k)) }}
            disabled={isEnd}
            onClick={() => onForce(k)}
          >
            <span>{isEnd ? strings.translate.end : piece.replace(/^ /, '') || strings.space}</span>
            <small>{strings.percent(probability)}</small>
          </button>
        ))}
      </div>
    </div>
  );
}

/** Each column from the top: the best translation, then the others by their probability. */
function rowsOf(nodes: readonly TreeNode[], best: readonly number[]): number[] {
  const rows: number[] = [];
  const depths = new Set(nodes.map(({ depth }) => depth));
  for (const depth of depths) {
    const column = [...nodes.keys()].filter((k) => nodes[k]?.depth === depth);
    const rank = (k: number): number => (best.includes(k) ? Infinity : (nodes[k] as TreeNode).logProbability);
    for (const [row, k] of column.sort((a, b) => rank(b) - rank(a)).entries()) rows[k] = row;
  }
  return rows;
}
