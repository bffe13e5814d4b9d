import { keepHeapSmall } from './small-heap.js';

// A module of its own, imported before everything else: not even the start lets the heap grow.
keepHeapSmall();
