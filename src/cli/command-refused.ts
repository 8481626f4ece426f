/** Somebody asked for something that cannot be done: one line says why and what to do. Exit code 1. */
export class CommandRefused extends Error {}

/** What was asked for was not understood: one line says how to ask. Exit code 2. */
export class CommandMisused extends Error {}
