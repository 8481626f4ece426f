import { appendingContract } from './appending.contract.ts'
import { databaseContract } from './database.contract.ts'
import { describeDatabases } from './databases.contract.ts'
import { readingContract } from './reading.contract.ts'
import { unitsContract } from './units.contract.ts'
import { valuesContract } from './values.contract.ts'

describeDatabases('Database', databaseContract)
describeDatabases('Reading', readingContract)
describeDatabases('Appending', appendingContract)
describeDatabases('Units', unitsContract)
describeDatabases('Values', valuesContract)
