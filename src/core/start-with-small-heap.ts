import { keepHeapSmall } from './small-heap.js';

// A module of its own, imported before everything else.
keepHeapSmall();
