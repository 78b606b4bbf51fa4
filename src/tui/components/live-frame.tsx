import { Box, Text, useCursor } from 'ink';
import { useInsertionEffect } from 'react';
import type { Frame } from '../layout/frame.ts';
import { rowWidth } from '../layout/row.ts';
import type { Screen } from '../terminal/screen.ts';
import type { Theme } from '../theme.ts';

/** The live frame, row by row, with the terminal's own cursor where typing happens. */
export function LiveFrame({
  screen,
  theme,
  frame,
  finished,
}: {
  screen: Screen;
  theme: Theme;
  frame: Frame;
  /** What stands in the scrollback above it. */
  finished: number;
}) {
  const { setCursorPosition } = useCursor();
  setCursorPosition(frame.cursor);
  // Runs in the commit, before Ink writes: the screen must know which frame it gets.
  useInsertionEffect(() => {
    screen.commit({ widths: frame.rows.map(rowWidth), cursor: frame.cursor, finished });
  });
  return (
    <Box flexDirection="column">
      {frame.rows.map((row, index) => (
        <Text key={index} wrap="truncate-end">
          {row.length === 0 ? ' ' : theme.paint(row)}
        </Text>
      ))}
    </Box>
  );
}
