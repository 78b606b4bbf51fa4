const SHAPES: Readonly<Record<string, readonly [string, string, string]>> = {
  '0': ['┏━┓', '┃ ┃', '┗━┛'],
  '1': ['╺┓ ', ' ┃ ', '╺┻╸'],
  '2': ['┏━┓', '┏━┛', '┗━╸'],
  '3': ['┏━┓', '╺━┫', '┗━┛'],
  '4': ['╻ ╻', '┗━┫', '  ╹'],
  '5': ['┏━╸', '┗━┓', '┗━┛'],
  '6': ['┏━┓', '┣━┓', '┗━┛'],
  '7': ['┏━┓', '  ┃', '  ╹'],
  '8': ['┏━┓', '┣━┫', '┗━┛'],
  '9': ['┏━┓', '┗━┫', '┗━┛'],
  ',': [' ', ' ', '╻'],
  '~': ['  ', '~ ', '  '],
};

/** A number three rows high: digits, commas and `~`. */
export function bigNumber(text: string): [string, string, string] {
  const shapes = [...text].map(character => SHAPES[character] ?? ['', '', '']);
  const row = (index: 0 | 1 | 2) => shapes.map(shape => shape[index]).join('');
  return [row(0), row(1), row(2)];
}
