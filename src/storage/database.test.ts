import { databaseContract } from './database.contract.ts'
import { describeDatabases } from './databases.contract.ts'
import { valuesContract } from './values.contract.ts'

describeDatabases('Database', databaseContract)
describeDatabases('Values', valuesContract)
