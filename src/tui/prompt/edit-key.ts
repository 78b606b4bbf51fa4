import type { KeyPress } from '../keys.ts';
import type { Editor } from './editor.ts';
import * as edit from './editor.ts';

const ACTIONS: Record<string, (editor: Editor) => Editor> = {
  newline: editor => edit.insert(editor, '\n'),
  'meta+enter': editor => edit.insert(editor, '\n'),
  'shift+enter': editor => edit.insert(editor, '\n'),
  left: editor => edit.moveTo(editor, edit.previousGrapheme(editor)),
  right: editor => edit.moveTo(editor, edit.nextGrapheme(editor)),
  'ctrl+b': editor => edit.moveTo(editor, edit.previousGrapheme(editor)),
  'ctrl+f': editor => edit.moveTo(editor, edit.nextGrapheme(editor)),
  'ctrl+left': editor => edit.moveTo(editor, edit.previousWord(editor)),
  'ctrl+right': editor => edit.moveTo(editor, edit.nextWord(editor)),
  'meta+left': editor => edit.moveTo(editor, edit.previousWord(editor)),
  'meta+right': editor => edit.moveTo(editor, edit.nextWord(editor)),
  'meta+b': editor => edit.moveTo(editor, edit.previousWord(editor)),
  'meta+f': editor => edit.moveTo(editor, edit.nextWord(editor)),
  home: editor => edit.moveTo(editor, edit.lineStart(editor)),
  end: editor => edit.moveTo(editor, edit.lineEnd(editor)),
  'ctrl+a': editor => edit.moveTo(editor, edit.lineStart(editor)),
  'ctrl+e': editor => edit.moveTo(editor, edit.lineEnd(editor)),
  'ctrl+u': editor => edit.kill(editor, edit.lineStart(editor), editor.cursor),
  'ctrl+k': editor => edit.kill(editor, editor.cursor, edit.lineEnd(editor)),
  'ctrl+w': editor => edit.kill(editor, edit.previousWord(editor), editor.cursor),
  'meta+backspace': editor => edit.kill(editor, edit.previousWord(editor), editor.cursor),
  'meta+d': editor => edit.kill(editor, editor.cursor, edit.nextWord(editor)),
  'ctrl+y': edit.yank,
  backspace: editor => edit.erase(editor, edit.previousGrapheme(editor), editor.cursor),
  'ctrl+h': editor => edit.erase(editor, edit.previousGrapheme(editor), editor.cursor),
  delete: editor => edit.erase(editor, editor.cursor, edit.nextGrapheme(editor)),
  'ctrl+d': editor => edit.erase(editor, editor.cursor, edit.nextGrapheme(editor)),
};

/** The editor after a key that edits or moves; undefined for any other key. */
export function editKey(editor: Editor, key: KeyPress): Editor | undefined {
  if (key.id === 'text') return edit.insert(editor, key.text);
  return ACTIONS[key.id]?.(editor);
}
