import type { SessionSource, TuiOptions, TuiResult } from '../options.ts';
import type { TerminalCapabilities } from '../terminal/capabilities.ts';
import { createTheme } from '../theme.ts';
import { LinearSession } from './linear-session.ts';

/**
 * Lines instead of a screen: for screen readers, for terminals without cursor movement, and for output that is no
 * terminal. Everything is said once, in order, and nothing is redrawn.
 */
export async function runLinear(
  source: SessionSource,
  options: TuiOptions,
  capabilities: TerminalCapabilities,
): Promise<TuiResult> {
  const controller = typeof source === 'function' ? await source() : source;
  const signs = options.screenReader ? 'words' : capabilities.unicode ? 'unicode' : 'ascii';
  const session = new LinearSession(controller, options, {
    theme: createTheme(capabilities.color, signs),
    canEdit: capabilities.addressable && Boolean(options.stdin.isTTY),
  });
  const onInterrupt = () => session.interrupt();
  const onTerminate = () => session.leave('interrupted');
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onTerminate);
  process.on('SIGHUP', onTerminate);
  try {
    return await session.left;
  } finally {
    session.stop();
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onTerminate);
    process.off('SIGHUP', onTerminate);
  }
}
