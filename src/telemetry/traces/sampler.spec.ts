import { describe, expect, it } from 'vitest';
import { type SamplerName, samplerOf } from './sampler.js';

const LOW = `${'f'.repeat(16)}0000000000000001`;
const MIDDLE = `${'0'.repeat(16)}8000000000000000`;
const HIGH = `${'0'.repeat(16)}ffffffffffffffff`;

describe('OTEL_TRACES_SAMPLER', () => {
  it.each<[SamplerName, { recorded: boolean; unrecorded: boolean; root: boolean }]>([
    ['parentbased_always_on', { recorded: true, unrecorded: false, root: true }],
    ['parentbased_always_off', { recorded: true, unrecorded: false, root: false }],
    ['parentbased_traceidratio', { recorded: true, unrecorded: false, root: false }],
    ['always_on', { recorded: true, unrecorded: true, root: true }],
    ['always_off', { recorded: false, unrecorded: false, root: false }],
    ['traceidratio', { recorded: false, unrecorded: false, root: false }],
  ])('%s', (name, expected) => {
    const sampler = samplerOf(name, 0.5);
    const decide = (parentSampled: boolean | undefined) => sampler(HIGH, parentSampled);
    expect({ recorded: decide(true), unrecorded: decide(false), root: decide(undefined) }).toEqual(expected);
  });

  it.each([
    [0, [false, false, false]],
    [0.5, [true, false, false]],
    [0.51, [true, true, false]],
    [1, [true, true, true]],
  ])('a ratio of %d is of the lower half of trace ids', (ratio, expected) => {
    const sampler = samplerOf('traceidratio', ratio);
    expect([LOW, MIDDLE, HIGH].map((id) => sampler(id, undefined))).toEqual(expected);
  });
});
