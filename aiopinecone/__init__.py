"""The asyncio client for Pinecone's backups."""
