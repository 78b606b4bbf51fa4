import { messageOf } from '../../shared/errors.ts';
import { openDatabase } from '../open.ts';
import { executeSql } from './execute.ts';
import type { SqlOrder, SqlReply } from './protocol.ts';

/** The process that runs one statement and ends: SQLite cannot be interrupted from JavaScript, a process can. */
process.once('message', async (order: SqlOrder) => {
  const reply = await run(order);
  process.send!(reply, undefined, {}, () => process.disconnect());
});

async function run(order: SqlOrder): Promise<SqlReply> {
  try {
    const { db } = await openDatabase(order.path);
    try {
      return { answer: executeSql(db, order) };
    } finally {
      db.close();
    }
  } catch (error) {
    return { refused: messageOf(error) };
  }
}
