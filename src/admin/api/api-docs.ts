import { Injectable } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';

/** Holds the description of the API, made when it is first asked for. */
@Injectable()
export class ApiDocs {
  private make: (() => Promise<OpenAPIObject>) | null = null;
  private made: Promise<OpenAPIObject> | null = null;

  describeWith(make: () => Promise<OpenAPIObject>): void {
    this.make = make;
  }

  document(): Promise<OpenAPIObject> {
    this.made ??= this.make?.() ?? null;
    if (this.made === null) throw new Error('configureHttp was not called');
    return this.made;
  }
}
