/**
 * Draws what a command shows on a terminal as an SVG picture: the pictures in the READMEs are made by it, from real runs.
 *
 *     node docs/terminal-capture.mjs PICTURE.svg [--as TYPED] COMMAND…
 *
 * TYPED is what the picture says was typed, where the command is what `npm` would run. The command runs on a
 * pseudo-terminal (`script` of util-linux), so it draws as it would for a person. Understood is what our programs write:
 * colours, and a live line that is erased and drawn again.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const COLUMNS = 100;
const CELL = { width: 8.4, height: 19 };
const MARGIN = 16;
const INK = '#d8dee9';
const PAPER = '#1b2029';
/** SGR codes to attributes of a text span. */
const STYLES = {
  1: { weight: 'bold' },
  2: { ink: '#7f8896' },
  31: { ink: '#e06c75' },
  32: { ink: '#98c379' },
  33: { ink: '#e5c07b' },
  34: { ink: '#61afef' },
  35: { ink: '#c678dd' },
  36: { ink: '#56b6c2' },
  30: { ink: '#1b2029' },
  37: { ink: '#ffffff' },
  41: { paper: '#be3b47' },
  43: { paper: '#d9a93e' },
};
const ENDS = { 22: ['weight', 'ink'], 39: ['ink'], 49: ['paper'] };

const [picture, ...rest] = process.argv.slice(2);
const [typed, command] = rest[0] === '--as' ? [rest[1], rest.slice(2)] : [rest.join(' '), rest];
if (!picture || command.length === 0) {
  console.error('node docs/terminal-capture.mjs PICTURE.svg [--as TYPED] COMMAND…');
  process.exit(2);
}
writeFileSync(picture, draw([`$ ${typed}`], await screenOf(command)));

/** The command's output, as lines of cells { character, style }. */
async function screenOf(argv) {
  const quoted = argv.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');
  const child = spawn('script', ['-qec', `stty cols ${COLUMNS}; ${quoted}`, '/dev/null'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, FORCE_COLOR: '1', TERM: 'xterm-256color' },
  });
  let text = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    process.stdout.write(chunk);
    text += chunk;
  }
  return emulate(text);
}

function emulate(text) {
  const lines = [[]];
  let column = 0;
  let style = {};
  // eslint-disable-next-line no-control-regex
  for (const [token, , parameters, final] of text.matchAll(/(\x1b\[([\d;?]*)([A-Za-z]))|\r|\n|[^\x1b\r\n]/gu)) {
    if (token === '\r') column = 0;
    else if (token === '\n') {
      lines.push([]);
      column = 0;
    } else if (final === 'm') for (const code of (parameters || '0').split(';')) style = styled(style, Number(code));
    else if (final === 'G') column = Number(parameters || 1) - 1;
    else if (final === 'K') lines.at(-1).length = parameters === '2' ? 0 : Math.min(column, lines.at(-1).length);
    else if (!final) {
      if (column >= COLUMNS) {
        lines.push([]);
        column = 0;
      }
      lines.at(-1)[column++] = { character: token, style };
    }
  }
  while (lines.at(-1)?.length === 0) lines.pop();
  return lines;
}

function styled(style, code) {
  if (code === 0) return {};
  if (ENDS[code]) return Object.fromEntries(Object.entries(style).filter(([key]) => !ENDS[code].includes(key)));
  return { ...style, ...STYLES[code] };
}

function draw(header, screen) {
  const lines = [
    ...header.map((line) => Array.from(line, (character) => ({ character, style: STYLES[1] }))),
    ...screen,
  ];
  const width = COLUMNS * CELL.width + 2 * MARGIN;
  const height = lines.length * CELL.height + 2 * MARGIN;
  const rows = lines.map((line, row) => drawLine(line, MARGIN + row * CELL.height)).join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="${INK}">
<rect width="100%" height="100%" rx="8" fill="${PAPER}"/>
${rows}</svg>
`;
}

/** Runs of one style, each placed by its column so that no font can shift them. */
function drawLine(line, top) {
  const runs = [];
  for (let column = 0; column < line.length; column++) {
    const { character = ' ', style = {} } = line[column] ?? {};
    const last = runs.at(-1);
    if (last && JSON.stringify(last.style) === JSON.stringify(style)) last.text += character;
    else runs.push({ column, text: character, style });
  }
  return runs
    .map(({ column, text, style: { ink, paper, weight } }) => {
      const x = (MARGIN + column * CELL.width).toFixed(1);
      const wide = (text.length * CELL.width).toFixed(1);
      const back = paper ? `<rect x="${x}" y="${top}" width="${wide}" height="${CELL.height}" fill="${paper}"/>` : '';
      if (text.trim() === '') return back;
      const attributes = `${ink ? ` fill="${ink}"` : ''}${weight ? ` font-weight="${weight}"` : ''}`;
      return `${back}<text x="${x}" y="${top + 14}" textLength="${wide}" xml:space="preserve"${attributes}>${escaped(text)}</text>\n`;
    })
    .join('');
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
