#!/bin/sh
# forms-of-address.sh DIR: writes what sentiment-large.json reads, /tmp/address-train.tsv and /tmp/address-valid.tsv. A text is an
# English sentence of Tatoeba, and its label says whether the French translation has tu, vous, or neither of them (or both).
# DIR holds tatoeba-eng-fra/train.tsv.gz and valid.tsv.gz.
for part in train valid; do
  gunzip -c "$1/tatoeba-eng-fra/$part.tsv.gz" | awk -F'\t' '
    BEGIN { print "label\ttext" }
    {
      french = tolower($2)
      tu = french ~ /(^|[ -])(tu|te|toi|ton|ta|tes)([ .,!?-]|$)|(^| )t\047/
      vous = french ~ /(^|[ -])(vous|votre|vos)([ .,!?-]|$)/
      print (tu == vous ? "neither" : tu ? "tu" : "vous") "\t" $1
    }' > "/tmp/address-$part.tsv"
done
