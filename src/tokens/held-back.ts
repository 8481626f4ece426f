import { RequestRefused } from '../core/errors.ts'

/** For whoever would switch on what an administrator has switched off, who has seen it do harm. */
export function heldBack(): RequestRefused {
  return new RequestRefused('conflict', 'An administrator switched it off. Ask one to switch it on again.')
}
